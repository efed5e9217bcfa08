import { describe, expect, it } from 'vitest';
import { readReply } from '../../../../lib/dialects/openai/reply.ts';
import type { Operation } from '../../../../lib/domain/policy.ts';

const read = (body: unknown, operation: Operation = 'chat', headers: Record<string, string> = {}) =>
  readReply(operation, 'm', headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('a whole answer', () => {
  it('is returned byte for byte', () => {
    const body = Buffer.from(
      '{"choices":[{"seed":14836394043272784000}],"model":"m-1","usage":{"prompt_tokens":1}}',
    );
    const reading = readReply('chat', 'm', { 'content-type': 'application/json; charset=utf-8' }, body);
    expect(reading).toEqual({
      ok: true,
      body,
      contentType: 'application/json; charset=utf-8',
      model: 'm-1',
      usage: { inputTokens: 1, outputTokens: 0, servedModel: 'm-1' },
    });
    expect(reading.ok && reading.body).toBe(body);
  });

  it.each<[Operation, object]>([
    ['chat', { choices: [] }],
    ['responses', { output: [], status: 'completed', error: null }],
    ['responses', { output: [], status: 'queued', background: true }],
    ['embeddings', { data: [] }],
  ])('of %s may be %j', (operation, body) => {
    expect(read(body, operation)).toMatchObject({ ok: true, contentType: 'application/json' });
  });
});

describe('an error that wears a 200', () => {
  it.each<[Operation, unknown, object]>([
    ['chat', { error: { message: 'Oops', code: 503 } }, { status: 503, message: 'Oops' }],
    ['chat', { choices: [], error: { message: 'Oops', type: 'rate_limit_error' } }, { status: 429 }],
    ['chat', { id: 'x' }, { status: 0, message: 'The provider\'s answer has no "choices".' }],
    ['chat', { choices: null }, { message: 'The provider\'s answer has no "choices".' }],
    ['embeddings', {}, { message: 'The provider\'s answer has no "data".' }],
    [
      'responses',
      { output: [], status: 'failed', error: { code: 'server_error', message: 'X' } },
      { status: 500, message: 'X' },
    ],
    ['chat', '[]', { status: 0, message: 'The provider answered 200 without JSON: []' }],
    [
      'chat',
      '<html><title>Login</title></html>',
      {
        message:
          'The provider answered 200 without JSON: The provider answered 200 with an HTML page titled "Login".',
      },
    ],
    ['chat', '', { status: 0 }],
  ])('%s %j', (operation, body, fault) => {
    expect(read(body, operation)).toMatchObject({ ok: false, fault });
  });
});
