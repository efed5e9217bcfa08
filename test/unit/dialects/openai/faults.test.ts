import { describe, expect, it } from 'vitest';
import { faultIn, isError, readFault } from '../../../../lib/dialects/openai/faults.ts';
import type { JsonObject } from '../../../../lib/domain/json.ts';

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readFault(
    status,
    headers,
    new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
  );

describe('an error answer', () => {
  it.each<[string, unknown, object]>([
    [
      'OpenAI',
      {
        error: {
          message: 'No such model',
          type: 'invalid_request_error',
          param: 'model',
          code: 'model_not_found',
        },
      },
      { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    ['a text for an error', { error: 'model "x" not found' }, { message: 'model "x" not found' }],
    [
      'Mistral',
      { object: 'error', message: 'Bad id', type: 'invalid_request', code: 3001 },
      { message: 'Bad id', code: '3001' },
    ],
    [
      'Mistral, validating',
      {
        object: 'error',
        message: {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'foo'], msg: 'Extra inputs are not permitted' }],
        },
        type: 'invalid_request_error',
      },
      { message: 'body.foo: Extra inputs are not permitted', type: 'invalid_request_error' },
    ],
    ['FastAPI', { detail: 'Not Found' }, { message: 'Not Found' }],
    [
      'FastAPI, validating',
      {
        detail: [
          { loc: ['body', 'n'], msg: 'too big' },
          { loc: ['body', 'x'], msg: 'missing' },
        ],
      },
      { message: 'body.n: too big; body.x: missing' },
    ],
    [
      'OpenRouter, with the reason inside',
      {
        error: {
          code: 429,
          message: 'Provider returned error',
          metadata: { raw: 'slow down', provider_name: 'Acme' },
        },
      },
      { message: 'Provider returned error (Acme): slow down', code: '429' },
    ],
    [
      'OpenRouter, with JSON inside',
      {
        error: {
          code: 400,
          message: 'Provider returned error',
          metadata: { raw: '{"error":{"message":"bad"}}' },
        },
      },
      { message: 'Provider returned error: bad' },
    ],
    ['Google, as a list', [{ error: { code: 400, message: 'Invalid', status: 'INVALID_ARGUMENT' } }], {}],
    ['plain text', 'upstream connect error', { message: 'upstream connect error' }],
    [
      'HTML',
      '<!DOCTYPE html><html><head><title>504 Gateway Time-out</title></head></html>',
      { message: 'The provider answered 418 with an HTML page titled "504 Gateway Time-out".' },
    ],
    ['nothing', '', { message: 'The provider answered 418 with an empty body.' }],
    ['an empty object', {}, { message: '{}' }],
  ])('of %s', (_who, body, expected) => {
    expect(read(418, body)).toMatchObject({ status: 418, ...expected });
  });

  it('tells how long to wait', () => {
    expect(read(429, {}, { 'retry-after': '2' }).retryAfterMs).toBe(2000);
  });

  it('is short, on one line and without keys', () => {
    const { message } = read(401, {
      error: { message: `Incorrect key: sk-abcdefgh12345.\n${'x'.repeat(5000)}` },
    });
    expect(message).toHaveLength(1000);
    expect(message).toMatch(/^Incorrect key: \[key\]\. x/);
  });
});

describe('an error inside a 200', () => {
  it.each<[JsonObject, boolean]>([
    [{ error: { message: 'x' } }, true],
    [{ error: 'x' }, true],
    [{ error: null }, false],
    [{ error: {} }, false],
    [{ error: '' }, false],
    [{ object: 'error', message: 'x' }, true],
    [{ choices: [] }, false],
  ])('%j: %s', (json, expected) => {
    expect(isError(json)).toBe(expected);
  });

  it.each<[JsonObject, number]>([
    [{ error: { message: 'x', code: 502 } }, 502],
    [{ error: { message: 'x', type: 'rate_limit_error' } }, 429],
    [{ error: { message: 'x', code: 'context_length_exceeded' } }, 400],
    [{ error: { message: 'x', type: 'server_error', code: null } }, 500],
    [{ error: { message: 'x', status_code: '503' } }, 503],
    [{ object: 'error', message: 'x', code: 400 }, 400],
    [{ error: 'nobody knows' }, 0],
  ])('%j has status %i', (json, status) => {
    expect(faultIn(json).status).toBe(status);
  });
});
