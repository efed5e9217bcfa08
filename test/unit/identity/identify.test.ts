import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import type { Caller } from '../../../lib/domain/policy.ts';
import { identify } from '../../../lib/identity/identify.ts';

const hash = `sha256:${'a'.repeat(64)}`;
const caller: Caller = {
  virtualKeyId: 'app',
  virtualKeyName: 'App',
  quotas: [],
  grants: [],
  strategy: 'weighted',
  zones: [],
  certifications: [],
  enabled: true,
};

/** Status, code and message, as the caller sees them. */
const refused = (result: Caller | GatewayError) =>
  result instanceof GatewayError ? [result.status, result.code, result.message] : ['accepted'];

describe('identify', () => {
  it('gives the caller of a key that is known, enabled and not expired', () => {
    expect(identify(hash, { hash, caller }, 0)).toBe(caller);
    const dated = { ...caller, expiresAtMs: 1_000 };
    expect(identify(hash, { hash, caller: dated }, 999)).toBe(dated);
  });

  it('says the same of an unknown key and of a wrong one', () => {
    const unknown = refused(identify(hash, undefined, 0));
    expect(unknown).toEqual([
      401,
      'invalid_virtual_key',
      'the virtual key in header "Authorization" is not valid',
    ]);
    expect(refused(identify(hash, { hash: `sha256:${'b'.repeat(64)}`, caller }, 0))).toEqual(unknown);
    expect(refused(identify(hash, { hash: 'sha256:', caller }, 0))).toEqual(unknown);
  });

  it('takes an earlier hash of a rotated key until its time, then knows it no more', () => {
    const rotated = (retiresAtMs: number) => ({ hash, caller, retiresAtMs });
    expect(identify(hash, rotated(1_000), 999)).toBe(caller);
    const unknown = refused(identify(hash, undefined, 0));
    expect(refused(identify(hash, rotated(1_000), 1_000))).toEqual(unknown);
    expect(refused(identify(hash, rotated(NaN), 0))).toEqual(unknown);
    const disabled = { ...rotated(1_000), caller: { ...caller, enabled: false } };
    expect(refused(identify(hash, disabled, 1_000))).toEqual(unknown);
  });

  it.each([
    [{ enabled: false }, 'virtual key "app" is disabled ("enabled": false)'],
    [{ expiresAtMs: 5_000 }, 'virtual key "app" has expired ("expiresAt")'],
    [{ expiresAtMs: NaN }, 'virtual key "app" has expired ("expiresAt")'],
  ])('names the field that refuses: %j', (changes, message) => {
    expect(refused(identify(hash, { hash, caller: { ...caller, ...changes } }, 5_000))).toEqual([
      401,
      'invalid_virtual_key',
      message,
    ]);
  });
});
