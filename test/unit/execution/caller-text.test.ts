import { describe, expect, it } from 'vitest';
import { parseClientRequest } from '../../../lib/dialects/openai/client-request.ts';
import { callerText } from '../../../lib/execution/caller-text.ts';

const asked = (more: string) =>
  parseClientRequest(
    'chat',
    `{"model":"m","messages":[{"role":"user","content":"Caf\\u00c9\\n!"}],"x":${more}}`,
    {},
  );

describe('callerText', () => {
  it('is what the caller wrote, escapes undone, in lower case and on one line', () => {
    expect(callerText(asked('1'))).toContain('café !');
  });

  it('is the text itself where it is nested deeper than the stack', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(callerText(asked(deep))).toContain('"role":"user"');
  });
});
