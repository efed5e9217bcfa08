import type { Target } from '../domain/decision.ts';
import type { Credential, ProviderKey } from '../domain/policy.ts';
import type { Clock, Random, Transport } from '../domain/ports.ts';
import type { ClientRequest, ProviderDialect, ReplyContext } from '../dialects/contract.ts';
import { reactions } from '../health/failure-class.ts';
import { attempt } from './attempt.ts';
import type { Outlook } from './backoff.ts';
import { waitMs } from './backoff.ts';
import { callerText } from './caller-text.ts';
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
  /** The provider refused this value of the key: whether another one is known now, read again where need be. */
  readonly credentialRefused: (key: ProviderKey, refused: Credential) => Promise<boolean>;
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

interface KeyedOutcome {
  readonly outcome: AttemptOutcome;
  /** Absent: there was none to try. */
  readonly credential?: Credential;
  readonly conceal: (message: string) => string;
}

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
    const { outcome, credential, conceal } = await attemptWithKey(
      run,
      target,
      key,
      dialect,
      exchange,
      outlook,
      cancel,
    );
    if (outcome.kind === 'cancelled') return outcome;
    if (outcome.kind !== 'failed') return { kind: 'answer', answer: { target, outcome, conceal } };

    const { failure, fault } = outcome;
    if (failure.class === 'credential' && key !== undefined && failure.doubtful !== true) {
      const another =
        credential !== undefined &&
        !refreshed.has(key.id) &&
        (await ports.credentialRefused(key, credential));
      if (cancel.cancelled) return { kind: 'cancelled' };
      if (another) {
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
  outlook: () => Outlook,
  cancel: CancelSwitch,
): Promise<KeyedOutcome> {
  const { clock, transport } = run.ports;
  const startedMs = clock.nowMs();
  const close = run.log.open(target, key, startedMs);
  const credential = await run.ports.credential(target, key);
  if (typeof credential === 'string') {
    close(clock.nowMs(), { outcome: 'credential', message: credential });
    return {
      outcome: {
        kind: 'failed',
        failure: { class: 'credential', scope: 'key' },
        fault: { status: 401, type: 'unusable_key', message: credential },
      },
      conceal: redact,
    };
  }
  const conceal = (message: string): string => redact(message, secretsOf(target, credential));
  const outcome = await attempt(
    {
      exchange,
      request: await dialect.authorize(exchange.request, credential, target, clock.nowMs()),
      stream: run.request.stream,
      type: target.provider.type,
      firstContentTimeoutMs: contentDueMs(run, target, outlook()),
      idleTimeoutMs: target.settings.idleTimeoutMs,
      callerText: () => callerText(run.request),
    },
    { transport, clock },
    cancel.child(),
  );
  if (outcome.kind === 'cancelled') {
    close(clock.nowMs(), { outcome: 'cancelled' });
    return { outcome, credential, conceal };
  }
  if (outcome.kind !== 'failed') {
    close(clock.nowMs(), { outcome: 'ok', status: 200 });
    return { outcome, credential, conceal };
  }
  const message = conceal(outcome.fault.message);
  close(clock.nowMs(), {
    outcome: outcome.failure.class,
    message,
    ...(outcome.fault.status === 0 ? {} : { status: outcome.fault.status }),
  });
  return { outcome: { ...outcome, fault: { ...outcome.fault, message } }, credential, conceal };
}

/**
 * When a target is silent. A whole reply is silent until it is there, however healthy its target: the last one of the
 * chain is given all the time there is, since nobody could answer sooner.
 */
function contentDueMs(run: Run, target: Target, outlook: Outlook): number {
  const { firstContentTimeoutMs } = target.settings;
  if (run.request.stream || outlook.nextTarget) return firstContentTimeoutMs;
  return Math.max(firstContentTimeoutMs, run.deadlineAtMs - run.ports.clock.nowMs());
}

/** What an error message must not repeat: the key in all its parts, and where the provider is reached. */
function secretsOf(target: Target, credential: Credential): readonly string[] {
  const host = URL.parse(target.provider.baseUrl)?.host ?? '';
  if (credential.kind === 'api_key') return [credential.value, host];
  if (credential.kind === 'none') return [host];
  return [credential.secretAccessKey, credential.accessKeyId, credential.sessionToken ?? '', host];
}
