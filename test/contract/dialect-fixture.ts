import type { ProviderType } from '../../lib/domain/policy.ts';
import type { Target } from '../../lib/domain/decision.ts';

/**
 * What one provider says in each scenario, hand-written in its own wire format. The contract suite feeds it through
 * the dialect, whole and cut at every byte, and demands the same OpenAI answer from every provider.
 */
export interface DialectFixture {
  readonly type: ProviderType;
  readonly target: Target;
  readonly scenarios: Readonly<Record<Scenario, Wire>>;
  /** Errors as this provider words them; the suite demands the failure class. */
  readonly faults: Readonly<Record<FaultScenario, WireFault>>;
  /** A stream of this provider with status 200 that carries an error after "Hel" was said; absent where its API has none. */
  readonly faultInsideStream?: { readonly stream: Uint8Array; readonly faultClass: string };
}

/**
 * text       says "Hello, wörld 🌍." in at least three deltas (one ends inside nothing special: the suite cuts bytes), stops; usage
 *            12 in, 5 out
 * tools      calls get_weather {"city":"Paris"} and get_time {} in parallel, arguments streamed in pieces where the API does so; stops for
 *            tools; usage 30 in, 20 out
 * reasoning  reasons "Let me think." (signed "c2ln" where the API signs), then says "42"; usage 10 in, 25 out, 20 of them reasoning
 *            where the API tells (else omitted)
 * length     says "Once upon" and stops at the limit; usage 8 in, 2 out
 * cached     says "ok"; usage 100 in of which 60 read from cache and, where the API tells, 10 written to it; 1 out
 */
export type Scenario = 'text' | 'tools' | 'reasoning' | 'length' | 'cached';

export interface Wire {
  readonly replyBody: Uint8Array;
  readonly stream: Uint8Array;
}

/** rate_limited, overloaded (transient), credential, context_length, unserved (model not found), invalid_request. */
export type FaultScenario =
  'rate_limited' | 'transient' | 'credential' | 'context_length' | 'unserved' | 'invalid_request';

export interface WireFault {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
