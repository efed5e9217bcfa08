import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readErrorJson, readFault } from '../../../../lib/dialects/gemini/faults.ts';

const read = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): unknown =>
  readFault(status, headers, Buffer.from(body));

const rpc = 'type.googleapis.com/google.rpc.';
const quota = {
  error: {
    code: 429,
    message: 'You exceeded your current quota.',
    status: 'RESOURCE_EXHAUSTED',
    details: [
      { '@type': `${rpc}QuotaFailure`, violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }] },
      { '@type': `${rpc}RetryInfo`, retryDelay: '34.5s' },
    ],
  },
};

describe('faults', () => {
  it('reads quota, delay and reason from the details', () => {
    expect(read(429, JSON.stringify(quota))).toEqual({
      status: 429,
      type: 'RESOURCE_EXHAUSTED',
      code: 'GenerateRequestsPerDayPerProject',
      message: 'You exceeded your current quota.',
      retryAfterMs: 34_500,
    });
  });

  it('reads errors in an array, and the header where the body names no delay', () => {
    const error = {
      code: 400,
      message: 'API key not valid.',
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': `${rpc}ErrorInfo`, reason: 'API_KEY_INVALID' }],
    };
    expect(read(400, JSON.stringify([{ error }]), { 'retry-after': '3' })).toEqual({
      status: 400,
      type: 'INVALID_ARGUMENT',
      code: 'API_KEY_INVALID',
      message: 'API key not valid.',
      retryAfterMs: 3000,
    });
  });

  it('names the field at fault', () => {
    const details = [
      { '@type': `${rpc}BadRequest`, fieldViolations: [{ field: 'generation_config.top_k' }] },
    ];
    expect(read(400, JSON.stringify({ error: { message: 'Bad.', details } }))).toMatchObject({
      param: 'generation_config.top_k',
    });
  });

  it.each([
    ['', 'Gemini answered with status 502 and no reason'],
    ['<html><title>502 Bad Gateway</title></html>', 'Gemini answered with status 502: 502 Bad Gateway'],
    ['<!doctype html><p>No</p>', 'Gemini answered with status 502 and a web page'],
    ['upstream connect error', 'upstream connect error'],
    ['{"error":{}}', 'Gemini answered with status 502 and no reason'],
    ['{"error":"no"}', 'no'],
  ])('makes a plain message of %s', (body, message) => {
    expect(read(502, body)).toEqual({ status: 502, message });
  });

  it('never repeats a key', () => {
    const message =
      "Permission denied: Consumer 'api_key:AIzaSyA-1234567890_abcdefghijk' has been suspended.";
    expect(read(403, JSON.stringify({ error: { message } }))).toEqual({
      status: 403,
      message: "Permission denied: Consumer 'api_key:[redacted]' has been suspended.",
    });
  });

  it('cuts long messages', () => {
    expect(readFault(500, {}, Buffer.from('x'.repeat(5000))).message).toHaveLength(1000);
  });

  it('finds the status an error inside a stream stands for', () => {
    expect(readErrorJson({ error: { status: 'UNAVAILABLE', message: 'Busy' } })?.status).toBe(503);
    expect(readErrorJson({ error: { code: 429, message: 'Slow down' } })?.status).toBe(429);
    expect(readErrorJson({ candidates: [] })).toBeUndefined();
  });

  it('reads any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.json(), (bytes, json) => {
        expect(readFault(500, {}, bytes).message).not.toBe('');
        expect(readFault(500, {}, Buffer.from(json)).message).not.toBe('');
      }),
    );
  });
});
