import { describe, expect, it } from 'vitest';
import { parseClientRequest } from '../../../../lib/dialects/openai/client-request.ts';
import { GatewayError } from '../../../../lib/domain/failure.ts';
import type { Operation } from '../../../../lib/domain/policy.ts';

const chat = { model: 'openai/gpt-5', messages: [{ role: 'user', content: 'Hi' }] };
const parse = (body: unknown, headers: Record<string, string> = {}, operation: Operation = 'chat') =>
  parseClientRequest(operation, typeof body === 'string' ? body : JSON.stringify(body), headers);

function refusal(
  body: unknown,
  operation: Operation = 'chat',
): { param: string | undefined; message: string } {
  try {
    parse(body, {}, operation);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.code).toBe('invalid_request');
    expect(error.status).toBe(400);
    return { param: error.param, message: error.message };
  }
  throw new Error('accepted');
}

describe('a request', () => {
  it('is read for what the gateway needs', () => {
    const request = parse({
      ...chat,
      stream: true,
      stream_options: { include_usage: true },
      fallbacks: ['anthropic/claude-sonnet-4-5', 'gpt-5-mini'],
      prompt_cache_key: 'thread-7',
    });
    expect(request).toMatchObject({
      operation: 'chat',
      model: 'openai/gpt-5',
      stream: true,
      wantsStreamUsage: true,
      fallbacks: ['anthropic/claude-sonnet-4-5', 'gpt-5-mini'],
      sessionKey: 'thread-7',
    });
    expect(request.client.name).toBe('openai');
  });

  it('needs no more than a model and messages', () => {
    const request = parse(chat);
    expect(request).toMatchObject({ stream: false, wantsStreamUsage: false, fallbacks: [] });
    expect(request.sessionKey).toBeUndefined();
    expect(parse({ ...chat, stream: null, stream_options: null, fallbacks: null }).stream).toBe(false);
  });

  it('takes the session from a header where the body names none', () => {
    expect(parse(chat, { 'x-fairlead-session': 's-1' }).sessionKey).toBe('s-1');
    expect(parse({ ...chat, prompt_cache_key: 'k' }, { 'x-fairlead-session': 's-1' }).sessionKey).toBe('k');
  });

  it('leaves what the provider alone reads unjudged', () => {
    expect(parse({ ...chat, temperature: 'hot', tomorrow: { is: 'new' } }).model).toBe('openai/gpt-5');
  });

  it('reads responses and embeddings, which have no messages', () => {
    expect(parse({ model: 'm', input: 'x', stream: true }, {}, 'responses').stream).toBe(true);
    expect(parse({ model: 'm', input: ['x'] }, {}, 'embeddings').stream).toBe(false);
  });
});

describe('a bad request is told what to change', () => {
  it.each([
    ['', undefined, 'The body is empty; it must be a JSON object.'],
    ['[1]', undefined, 'The body must be a JSON object, but is an array.'],
    ['{"model":"x",', undefined, 'The body is not valid JSON'],
    [{}, 'model', 'model must be a non-empty string such as "gpt-5" or "openai/gpt-5", but is missing.'],
    [{ ...chat, model: 5 }, 'model', 'but is number 5.'],
    [{ ...chat, model: ' ' }, 'model', 'but is the string " ".'],
    [{ model: 'm' }, 'messages', 'messages must be a non-empty array, but is missing.'],
    [{ model: 'm', messages: [] }, 'messages', 'messages must be a non-empty array, but is an empty array.'],
    [{ model: 'm', messages: {} }, 'messages', 'but is an object.'],
    [{ model: 'm', messages: ['hi'] }, 'messages[0]', 'must be an object, but is the string "hi".'],
    [{ model: 'm', messages: [{ content: 'x' }] }, 'messages[0].role', 'must be a string, but is missing.'],
    [{ ...chat, stream: 'true' }, 'stream', 'stream must be true or false, but is the string "true".'],
    [{ ...chat, stream_options: [] }, 'stream_options', 'must be an object'],
    [{ ...chat, fallbacks: 'a' }, 'fallbacks', 'must be an array of "provider/model" or model names'],
    [{ ...chat, fallbacks: ['a', 7] }, 'fallbacks[1]', 'but is number 7.'],
    [
      { ...chat, fallbacks: Array.from({ length: 11 }, () => 'a') },
      'fallbacks',
      'fallbacks may hold at most 10 entries, but holds 11.',
    ],
    [{ ...chat, prompt_cache_key: 1 }, 'prompt_cache_key', 'must be a string'],
  ])('%j', (body, param, message) => {
    const told = refusal(body);
    expect(told.param).toBe(param);
    expect(told.message).toContain(message);
  });

  it('names the place where JSON breaks, and nothing of the prompt', () => {
    const { message } = refusal('{"model":"m","messages":[{"role":"user","content":"my secret"}');
    expect(message).not.toContain('secret');
  });

  it('does not repeat long values', () => {
    expect(refusal({ ...chat, stream: 'x'.repeat(1000) }).message).toBe(
      'stream must be true or false, but is a string of 1000 characters.',
    );
  });
});
