import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { hashVirtualKey, presentedKey } from '../../../lib/identity/virtual-key.ts';

describe('hashVirtualKey', () => {
  it('is the SHA-256 of the key, in hex', () => {
    expect(hashVirtualKey('abc')).toBe(
      'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('presentedKey', () => {
  it.each(['Bearer fl-1', 'bearer fl-1', 'BEARER \t fl-1', '  Bearer fl-1 '])('reads %j', (authorization) => {
    expect(presentedKey({ authorization })).toBe('fl-1');
  });

  it.each([
    [undefined, /missing/],
    ['', /missing/],
    ['Bearer', /must be "Bearer/],
    ['Bearer ', /must be "Bearer/],
    ['fl-secret', /must be "Bearer/],
    ['Basic ZmwtMQ==', /must be "Bearer/],
    ['Bearer fl-secret fl-2', /must be "Bearer/],
    [`Bearer ${'x'.repeat(257)}`, /not valid/],
  ])('refuses %j with 401 and does not repeat it', (authorization, message) => {
    const error = presentedKey(authorization === undefined ? {} : { authorization });
    if (!(error instanceof GatewayError)) throw new Error('accepted');
    expect([error.status, error.code, error.shouldRetry]).toEqual([401, 'invalid_virtual_key', false]);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/fl-secret|xxx|ZmwtMQ/);
  });
});
