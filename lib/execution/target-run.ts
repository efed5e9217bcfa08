import type { Target } from '../domain/decision.ts';
import type { Credential, ProviderKey } from '../domain/policy.ts';
import type { Clock, Random, Transport } from '../domain/ports.ts';
import type { ClientRequest, ProviderDialect, ReplyContext } from '../dialects/contract.ts';
import { reactions } from '../health/failure-class.ts';
import { attempt } from './attempt.ts';
import type { Outlook } from './backoff.ts';
import { waitMs } from './backoff.ts';
import type { CancelSwitch } from './cancellation.ts';
import { pause } from './cancellation.ts';
import type { HedgeBudget } from './hedge.ts';
import type { KeyRests } from './key-rests.ts';
import type { Answer, AttemptLog, AttemptOutcome, FailedAttempt } from './outcome.ts';
import { redact } from './redact.ts';

export interface ExecutionPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly dialectOf: (target: Target) => ProviderDialect;
  /** The key's value; a string says why there is none. */
  readonly credential: (
    target: Target,
    key: ProviderKey | undefined,
  ) => Credential | string | Promise<Credential | string>;
  /** The provider refused the key: reads its value again. True if it is another one now. */
  readonly credentialRefused: (key: ProviderKey) => Promise<boolean>;
  readonly rests: KeyRests;
  readonly hedges: HedgeBudget;
}

/** One request on its way along the chain. */
export interface Run {
  readonly ports: ExecutionPorts;
  readonly request: ClientRequest;
  readonly context: (target: Target) => ReplyContext;
  readonly deadlineAtMs: number;
  readonly log: AttemptLog;
}

export type TargetOutcome =
  { readonly kind: 'answer'; readonly answer: Answer } | FailedAttempt | { readonly kind: 'cancelled' };

/** Everything one target is given: its keys in turn, retries with back-off, a freshly rotated secret. */
export async function runTarget(
  run: Run,
  target: Target,
  outlook: () => Outlook,
  cancel: CancelSwitch,
): Promise<TargetOutcome> {
  const { ports } = run;
  const dialect = ports.dialectOf(target);
  const exchange = dialect.open(run.request, target, run.context(target));
  const keys: readonly (ProviderKey | undefined)[] = target.keys.length > 0 ? target.keys : [undefined];
  const refreshed = new Set<string>();
  let keyIndex = 0;
  let retry = 0;
  let earliestRetryMs: number | undefined;

  for (;;) {
    const key = keys[keyIndex];
    const outcome = await attemptWithKey(run, target, key, dialect, exchange, cancel);
    if (outcome.kind === 'cancelled') return outcome;
    if (outcome.kind !== 'failed') return { kind: 'answer', answer: { target, key, outcome } };

    const { failure, fault } = outcome;
    if (failure.class === 'credential' && key !== undefined) {
      if (!refreshed.has(key.id) && (await ports.credentialRefused(key))) {
        refreshed.add(key.id);
        continue;
      }
      ports.rests.rest(
        target.provider.id,
        key.id,
        target.model,
        failure.scope ?? 'key_model',
        ports.clock.nowMs(),
      );
    }
    const reaction = reactions[failure.class];
    if (fault.retryAfterMs !== undefined) {
      earliestRetryMs = Math.min(earliestRetryMs ?? Infinity, fault.retryAfterMs);
    }
    if (reaction.otherKey && keyIndex + 1 < keys.length) {
      keyIndex += 1;
      continue;
    }
    const delayMs = waitMs(reaction, earliestRetryMs, retry, outlook(), ports.random);
    const tooLate = delayMs === undefined || ports.clock.nowMs() + delayMs >= run.deadlineAtMs;
    if (tooLate || retry >= target.settings.maxRetries) return outcome;
    retry += 1;
    if (reaction.otherKey) keyIndex = 0;
    earliestRetryMs = undefined;
    await pause(ports.clock, delayMs, cancel);
    if (cancel.cancelled) return { kind: 'cancelled' };
  }
}

async function attemptWithKey(
  run: Run,
  target: Target,
  key: ProviderKey | undefined,
  dialect: ProviderDialect,
  exchange: ReturnType<ProviderDialect['open']>,
  cancel: CancelSwitch,
): Promise<AttemptOutcome> {
  const { clock, transport } = run.ports;
  const startedMs = clock.nowMs();
  const close = run.log.open(target, key, startedMs);
  const credential = await run.ports.credential(target, key);
  if (typeof credential === 'string') {
    close(clock.nowMs(), { outcome: 'credential', message: credential });
    return {
      kind: 'failed',
      failure: { class: 'credential', scope: 'key' },
      fault: { status: 401, type: 'unusable_key', message: credential },
    };
  }
  const outcome = await attempt(
    {
      exchange,
      request: await dialect.authorize(exchange.request, credential, target, clock.nowMs()),
      stream: run.request.stream,
      type: target.provider.type,
      firstContentTimeoutMs: target.settings.firstContentTimeoutMs,
      idleTimeoutMs: target.settings.idleTimeoutMs,
    },
    { transport, clock },
    cancel.child(),
  );
  if (outcome.kind === 'cancelled') {
    close(clock.nowMs(), { outcome: 'cancelled' });
    return outcome;
  }
  if (outcome.kind !== 'failed') {
    close(clock.nowMs(), { outcome: 'ok', status: 200 });
    return outcome;
  }
  const message = redact(outcome.fault.message, credential.kind === 'api_key' ? credential.value : undefined);
  close(clock.nowMs(), {
    outcome: outcome.failure.class,
    message,
    ...(outcome.fault.status === 0 ? {} : { status: outcome.fault.status }),
  });
  return { ...outcome, fault: { ...outcome.fault, message } };
}
