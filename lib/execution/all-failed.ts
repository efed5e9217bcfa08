import type { Denial } from '../domain/admission.ts';
import type { Target } from '../domain/decision.ts';
import type { AttemptSummary, FailureClass } from '../domain/failure.ts';
import { GatewayError } from '../domain/failure.ts';
import { reactions } from '../health/failure-class.ts';
import type { DeniedAttempt, FailedAttempt } from './outcome.ts';

/** OpenAI's codes, which SDKs and agents look for, whichever provider said it in whichever words. */
const clientCodes: Partial<Record<FailureClass, string>> = {
  context_length: 'context_length_exceeded',
  content_policy: 'content_policy_violation',
  unserved: 'model_not_found',
};

/**
 * The caller's error when every target failed: the first target's, since that is the one asked for, with all attempts.
 * A provider's 401, 402 and 403 become 502: they are about the gateway's credentials, not the caller's.
 */
export function allFailed(
  failures: readonly { readonly target: Target; readonly failed: FailedAttempt | DeniedAttempt }[],
  attempts: readonly AttemptSummary[],
): GatewayError {
  const [first] = failures;
  if (first === undefined)
    return new GatewayError('upstream_failed', 'no target could be tried', { attempts });
  if (first.failed.kind === 'denied') return deniedError(first.failed.denial, attempts);
  const { failure, fault } = first.failed;
  const sent = failures.flatMap(({ failed }) => (failed.kind === 'failed' ? [failed] : []));
  const waits = sent.flatMap(({ fault: { retryAfterMs } }) =>
    retryAfterMs === undefined ? [] : [retryAfterMs],
  );
  const details = {
    attempts,
    param: fault.param,
    retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
    shouldRetry: waits.length > 0 || sent.some((failed) => failed.failure.class === 'rate_limited'),
  };
  const message = `${first.target.provider.id}/${first.target.model}: ${fault.message}`;
  const own =
    fault.status >= 400 &&
    fault.status < 600 &&
    ![401, 402, 403].includes(fault.status) &&
    failure.class !== 'credential';
  if (!own) return new GatewayError('upstream_failed', message, details);
  const { callerFault } = reactions[failure.class];
  const code = clientCodes[failure.class] ?? (callerFault ? word(fault.code) : undefined);
  const type = callerFault ? word(fault.type) : undefined;
  const gatewayCode =
    fault.status === 429 ? 'rate_limited' : fault.status < 500 ? 'invalid_request' : 'upstream_failed';
  return new GatewayError(gatewayCode, message, {
    ...details,
    provider: {
      status: fault.status,
      ...(code === undefined ? {} : { code }),
      ...(type === undefined ? {} : { type }),
    },
  });
}

/** Longer than this no client waits by itself: it is told not to try again. */
const longestWaitMs = 60_000;

/** The refusal of a limit as the caller's error. */
export function deniedError(
  { code, message, retryAfterMs }: Pick<Denial, 'code' | 'message' | 'retryAfterMs'>,
  attempts: readonly AttemptSummary[] = [],
): GatewayError {
  const sent = attempts.some(({ outcome }) => outcome !== 'quota');
  return new GatewayError(code, message, {
    retryAfterMs,
    shouldRetry: retryAfterMs !== undefined && retryAfterMs <= longestWaitMs,
    ...(sent && { attempts }),
  });
}

/** A code is logged and counted by: where a host writes sentences in its place, they may quote the request. */
const word = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\w.:/-]{1,100}$/.test(text) ? text : undefined;
