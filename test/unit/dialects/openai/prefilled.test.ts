import { expect, it } from 'vitest';
import { parseClientRequest } from '../../../../lib/dialects/index.ts';
import { prefilled } from '../../../../lib/dialects/openai/prefilled.ts';

const asked = (more = '') =>
  parseClientRequest(
    'chat',
    `{"model":"m", "messages": [ {"role":"user","content":"hi ]"} ] ,"stream":true${more}}`,
    {},
  );

it('ends with the beginning of its own answer, and keeps every other byte', () => {
  const request = prefilled(asked(',"seed":12345678901234567890'), 'She said "no]"');
  expect(request.text).toBe(
    `{"model":"m", "messages": [ {"role":"user","content":"hi ]"} ,{"role":"assistant","content":"She said \\"no]\\""}] ,"stream":true,"seed":12345678901234567890}`,
  );
  expect(request.json).toEqual(JSON.parse(request.text));
});

it('has what the beginning took off its limit', () => {
  const request = prefilled(asked(',"max_tokens":100,"max_completion_tokens":3'), 'x'.repeat(200));
  expect(request.json).toMatchObject({ max_tokens: 50, max_completion_tokens: 1 });
  expect(request.json).toEqual(JSON.parse(request.text));
});
