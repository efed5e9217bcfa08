import { describe, expect, it } from 'vitest';
import { loadDialect, parseClientRequest } from '../../../lib/dialects/index.ts';
import type { Target } from '../../../lib/domain/decision.ts';
import { asArray, asObject, parseJson } from '../../../lib/domain/json.ts';
import type { ProviderType } from '../../../lib/domain/policy.ts';
import { testTarget } from '../../support/target.ts';

const bedrock = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const context = { requestId: 'r', createdS: 0, model: 'm', wantsStreamUsage: false };
const user = { role: 'user', content: 'Tell me' };

const asking = (more: object) =>
  parseClientRequest('chat', JSON.stringify({ model: 'm', messages: [user], stream: true, ...more }), {});

/** What the provider gets to go on with `text`; undefined: it cannot be asked to. */
async function askedToGoOn(type: ProviderType, model: string, text: string, more: object = {}) {
  const dialect = await loadDialect(type);
  const target: Target = testTarget(type, model);
  const request = dialect.prefilled?.(asking(more), target, text);
  if (request === undefined) return undefined;
  const { body } = dialect.open(request, target, context).request;
  return asObject(parseJson(String(body)));
}

describe.each<[ProviderType, string]>([
  ['anthropic', 'claude-sonnet-4-5'],
  ['bedrock', bedrock],
])('Claude at %s', (type, model) => {
  it('goes on with the text as its own last message, to the letter', async () => {
    const text = 'Herons\n\n  "wade"';
    const body = await askedToGoOn(type, model, text);
    const last = asObject(asArray(body?.['messages']).at(-1));
    expect(last['role']).toBe('assistant');
    expect(asArray(last['content']).map((block) => asObject(block)['text'])).toEqual([text]);
  });

  it.each([
    ['behind white space', 'Herons ', {}],
    ['behind a line break', 'Herons\n', {}],
    ['behind half a character', 'Herons \ud83e', {}],
    ['while it thinks', 'Herons', { reasoning_effort: 'high' }],
    [
      'where the caller has begun the answer itself',
      'Herons',
      { messages: [user, { role: 'assistant', content: 'So' }] },
    ],
  ])('does not %s', async (_name, text, more) => {
    expect(await askedToGoOn(type, model, text, more)).toBeUndefined();
  });
});

it.each<[ProviderType, string]>([
  ['anthropic', 'claude-opus-4-6'],
  ['anthropic', 'claude-sonnet-5'],
  ['bedrock', 'us.anthropic.claude-opus-4-6-v1'],
  ['bedrock', 'eu.amazon.nova-lite-v1:0'],
  ['bedrock', 'us.meta.llama4-maverick-17b-instruct-v1:0'],
  ['gemini', 'gemini-2.5-flash'],
  ['openai', 'gpt-4.1-mini'],
  ['openai-compatible', 'm'],
])('%s: %s is not known to go on', async (type, model) => {
  expect(await askedToGoOn(type, model, 'Herons')).toBeUndefined();
});
