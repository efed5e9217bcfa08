import type { Failure, FailureClass } from '../domain/failure.ts';
import type { AttemptSample, HealthOutcome } from '../domain/health.ts';
import type { ClientRequest, RateLimits } from '../dialects/contract.ts';

/** How an attempt that was sent came to its end, as its route is judged by it. */
export type AttemptEnd =
  | { readonly kind: 'reply'; readonly wholeMs: number; readonly outputTokens?: number }
  /** A stream that spoke and was not broken by its provider: complete, or ended by the gateway. */
  | { readonly kind: 'stream'; readonly firstContentMs: number }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly retryAfterMs?: number;
      /** Of a stream that broke after it had spoken. */
      readonly firstContentMs?: number;
    }
  /** Cancelled for a target that was asked later and answered first. */
  | { readonly kind: 'outrun'; readonly silentMs: number };

/** What a sample says whatever the end. */
export type AttemptedRoute = Pick<
  AttemptSample,
  'provider' | 'model' | 'key' | 'stream' | 'inputTokens' | 'utilisation'
>;

/** What a failure of each class says of its route; undefined: it is about the request. */
const outcomes: Readonly<Record<FailureClass, HealthOutcome | undefined>> = {
  transient: 'error',
  silent: 'error',
  broken_stream: 'error',
  rate_limited: 'saturated',
  credential: 'key_failed',
  unserved: 'unserved',
  not_here: undefined,
  context_length: undefined,
  content_policy: undefined,
  invalid_request: undefined,
};

/** The sample of one attempt; undefined: it says nothing of its route. */
export function sampleOf(route: AttemptedRoute, end: AttemptEnd): AttemptSample | undefined {
  switch (end.kind) {
    case 'reply': {
      const { wholeMs, outputTokens } = end;
      return { ...route, outcome: 'ok', wholeMs, ...(outputTokens !== undefined && { outputTokens }) };
    }
    case 'stream':
      return { ...route, outcome: 'ok', firstContentMs: end.firstContentMs };
    case 'outrun':
      // Less than it would have taken, and the most that is known: without it a slow route whose hedges win looks fast.
      return {
        ...route,
        outcome: 'ok',
        ...(route.stream ? { firstContentMs: end.silentMs } : { wholeMs: end.silentMs }),
      };
    case 'failed':
      return failedSample(route, end);
  }
}

function failedSample(
  route: AttemptedRoute,
  { failure, retryAfterMs, firstContentMs }: Extract<AttemptEnd, { kind: 'failed' }>,
): AttemptSample | undefined {
  // The caller may have written the words that told the class.
  if (failure.doubtful === true) return undefined;
  const spoken = firstContentMs === undefined ? {} : { firstContentMs };
  const outcome = outcomes[failure.class];
  if (outcome === undefined) {
    return firstContentMs === undefined ? undefined : { ...route, outcome: 'ok', firstContentMs };
  }
  return {
    ...route,
    outcome,
    ...spoken,
    ...(outcome === 'saturated' && retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** How much of a rate limit is used, the higher of requests and tokens: 0 to 1. Undefined: the headers do not tell. */
export function utilisationOf(limits: RateLimits | undefined): number | undefined {
  if (limits === undefined) return undefined;
  const parts = [
    used(limits.requestsLimit, limits.requestsRemaining),
    used(limits.tokensLimit, limits.tokensRemaining),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : Math.max(...parts);
}

function used(limit: number | undefined, remaining: number | undefined): number | undefined {
  if (remaining === undefined) return undefined;
  if (remaining <= 0) return 1;
  if (limit === undefined || limit <= 0) return undefined;
  return Math.max(0, 1 - remaining / limit);
}

const charsPerToken = 4;

/** The input of a request in tokens, roughly: enough to tell bands of size apart. */
export const roughInputTokens = ({ text }: Pick<ClientRequest, 'text'>): number =>
  Math.ceil(text.length / charsPerToken);
