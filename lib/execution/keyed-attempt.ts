import { isDenied, nothingSpent, unheardOf } from '../domain/admission.ts';
import type { Target } from '../domain/decision.ts';
import type { Credential, ProviderKey } from '../domain/policy.ts';
import type { ProviderDialect } from '../dialects/contract.ts';
import { attempt } from './attempt.ts';
import type { Outlook } from './backoff.ts';
import { callerText } from './caller-text.ts';
import type { CancelSwitch } from './cancellation.ts';
import type { Answer, AttemptOutcome, CancelledAttempt, DeniedAttempt, FailedAttempt } from './outcome.ts';
import { redact } from './redact.ts';
import type { Run } from './run.ts';

export type KeyedOutcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | DeniedAttempt
  | CancelledAttempt
  /** Without a credential: there was none to try. */
  | { readonly kind: 'failed'; readonly failed: FailedAttempt; readonly credential?: Credential };

/** One attempt with one key: its credential, the limits it falls under, the exchange, and its entry in the log. */
export async function attemptWithKey(
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
    const failed: FailedAttempt = {
      kind: 'failed',
      failure: { class: 'credential', scope: 'key' },
      fault: { status: 401, type: 'unusable_key', message: credential },
      spent: nothingSpent,
    };
    return { kind: 'failed', failed };
  }
  const permit = await run.admit(target, key);
  if (isDenied(permit)) {
    close(clock.nowMs(), { outcome: 'quota', message: permit.message });
    return { kind: 'denied', denial: permit };
  }
  const conceal = (message: string): string => redact(message, secretsOf(target, credential));
  const send = async (): Promise<AttemptOutcome> =>
    attempt(
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
  const outcome = await send().catch((defect: unknown) => {
    permit.settle(unheardOf);
    throw defect;
  });
  if (outcome.kind === 'cancelled') {
    permit.settle(outcome.spent);
    close(clock.nowMs(), { outcome: 'cancelled' });
    return outcome;
  }
  if (outcome.kind !== 'failed') {
    close(clock.nowMs(), { outcome: 'ok', status: 200 });
    return { kind: 'answer', answer: { target, outcome, permit, conceal } };
  }
  permit.settle(outcome.spent);
  const message = conceal(outcome.fault.message);
  close(clock.nowMs(), {
    outcome: outcome.failure.class,
    message,
    ...(outcome.fault.status === 0 ? {} : { status: outcome.fault.status }),
  });
  const failed = { ...outcome, fault: { ...outcome.fault, message } };
  return { kind: 'failed', failed, credential };
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
