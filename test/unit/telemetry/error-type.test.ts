import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorStatus } from '../../../lib/domain/failure.ts';
import { errorType } from '../../../lib/telemetry.ts';
import type { ErrorType } from '../../../lib/telemetry/metric-names.ts';

/** Whose each of the gateway's own errors is: before a provider was asked, after one was, and when nobody was left to ask. */
const whose: Readonly<
  Record<ErrorCode, readonly [untried: ErrorType, tried: ErrorType, forNobody: ErrorType]>
> = {
  invalid_request: ['caller', 'caller', 'caller'],
  price_unknown: ['policy', 'policy', 'policy'],
  invalid_virtual_key: ['policy', 'policy', 'policy'],
  budget_exceeded: ['policy', 'policy', 'policy'],
  provider_not_allowed: ['policy', 'policy', 'policy'],
  model_not_allowed: ['policy', 'policy', 'policy'],
  model_not_found: ['caller', 'caller', 'caller'],
  not_found: ['caller', 'caller', 'caller'],
  method_not_allowed: ['caller', 'caller', 'caller'],
  request_too_large: ['caller', 'caller', 'caller'],
  residency_violation: ['policy', 'policy', 'policy'],
  // A provider's own rate limit has the same code and status.
  rate_limited: ['policy', 'provider', 'policy'],
  internal_error: ['gateway', 'gateway', 'gateway'],
  upstream_failed: ['gateway', 'provider', 'provider'],
  // A table that is away; or no provider key that is usable here.
  unavailable: ['gateway', 'provider', 'provider'],
  deadline_exceeded: ['gateway', 'provider', 'provider'],
};

describe('whose an error is', () => {
  it.each(Object.entries(whose).map(([code, types]) => ({ code, types })))(
    '$code: $types',
    ({ code, types }) => {
      const status = Object.entries(errorStatus).find(([each]) => each === code)?.[1] ?? 0;
      const error = { code, status, attempts: undefined };
      expect([
        errorType(error, false, false),
        errorType(error, true, false),
        errorType(error, false, true),
      ]).toEqual(types);
    },
  );

  it.each<[string, number, ErrorType]>([
    ['context_length_exceeded', 400, 'caller'],
    ['content_policy_violation', 400, 'caller'],
    ['model_not_found', 404, 'caller'],
    ['overloaded_error', 529, 'provider'],
    ['rate_limited', 429, 'provider'],
    // Another gateway behind this one says these; they are no refusals of this one's policy, and no fault of its own.
    ['budget_exceeded', 400, 'caller'],
    ['internal_error', 400, 'caller'],
    // Hosts say so of requests they cannot serve, and a region must not leave DNS for it.
    ['internal_error', 500, 'provider'],
    ['invalid_virtual_key', 422, 'caller'],
  ])("a provider's %s with status %i: %s", (code, status, type) => {
    expect(errorType({ code, status, attempts: [] }, true, false)).toBe(type);
  });
});
