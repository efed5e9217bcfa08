import { describe, expect, it } from 'vitest';
import { nothingSpent } from '../../../lib/domain/admission.ts';
import type { ProviderFault } from '../../../lib/domain/chat.ts';
import type { FailureClass } from '../../../lib/domain/failure.ts';
import { allFailed } from '../../../lib/execution/all-failed.ts';
import { testTarget } from '../../support/target.ts';

const failed = (id: string, failure: FailureClass, fault: Partial<ProviderFault> = {}) => ({
  target: testTarget('openai', 'gpt-5', {}, { id }),
  failed: {
    kind: 'failed' as const,
    failure: { class: failure },
    fault: { status: 500, message: 'broken', ...fault },
    spent: nothingSpent,
  },
});

describe('the error when all targets failed', () => {
  it("is the first target's, with the earliest Retry-After of all", () => {
    const error = allFailed(
      [
        failed('a', 'rate_limited', { status: 429, message: 'slow down', retryAfterMs: 9_000 }),
        failed('b', 'transient', { status: 503, retryAfterMs: 4_000 }),
      ],
      [],
    );
    expect(error).toMatchObject({ status: 429, message: 'a/gpt-5: slow down', retryAfterMs: 4_000 });
    expect(error.shouldRetry).toBe(true);
  });

  it.each([401, 402, 403])("keeps the gateway's own %i to itself", (status) => {
    expect(allFailed([failed('a', 'credential', { status })], []).status).toBe(502);
  });

  it.each([0, 99, 200, 600, 99_999])('answers 502 where the provider names status %i', (status) => {
    expect(allFailed([failed('a', 'transient', { status })], []).status).toBe(502);
  });

  it("passes the provider's code on, but no text in its place", () => {
    const said = (code: string) =>
      allFailed([failed('a', 'invalid_request', { status: 400, code })], []).code;
    expect(said('invalid_value')).toBe('invalid_value');
    expect(said('models/gpt-5.1:bad')).toBe('models/gpt-5.1:bad');
    expect(said('the prompt was: I am ill')).toBe('invalid_request');
    expect(said('x'.repeat(101))).toBe('invalid_request');
  });

  it('tells clients not to retry by themselves unless waiting helps', () => {
    expect(allFailed([failed('a', 'transient')], []).shouldRetry).toBe(false);
  });
});
