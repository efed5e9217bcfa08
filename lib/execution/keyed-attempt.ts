import { isDenied, nothingSpent, unheardOf } from '../domain/admission.ts';
import type { ProviderFault } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import type { Failure } from '../domain/failure.ts';
import type { Credential, ProviderKey } from '../domain/policy.ts';
import type { ProviderDialect } from '../dialects/contract.ts';
import { attempt } from './attempt.ts';
import { AttemptWatch } from './attempt-watch.ts';
import type { Outlook } from './backoff.ts';
import { failureOf } from './broken-stream.ts';
import { callerText } from './caller-text.ts';
import type { CancelSwitch } from './cancellation.ts';
import type { Answer, AttemptOutcome, CancelledAttempt, DeniedAttempt, FailedAttempt } from './outcome.ts';
import { redact } from './redact.ts';
import type { Run } from './run.ts';
import { roughInputTokens } from './samples.ts';

export type KeyedOutcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | DeniedAttempt
  | CancelledAttempt
  /** Without a credential: there was none to try. */
  | { readonly kind: 'failed'; readonly failed: FailedAttempt; readonly credential?: Credential };

/** One attempt with one key: its credential, the limits it falls under, the exchange, its entry in the log, its sample. */
export async function attemptWithKey(
  run: Run,
  target: Target,
  key: ProviderKey | undefined,
  dialect: ProviderDialect,
  exchange: ReturnType<ProviderDialect['open']>,
  outlook: () => Outlook,
  cancel: CancelSwitch,
): Promise<KeyedOutcome> {
  const { clock, transport, health, pauses } = run.ports;
  const startedMs = clock.nowMs();
  const entry = run.log.open(target, key, startedMs);
  const credential = await run.ports.credential(target, key);
  if (typeof credential === 'string') {
    entry.close(clock.nowMs(), { outcome: 'credential', message: credential });
    const failed: FailedAttempt = {
      kind: 'failed',
      failure: { class: 'credential', scope: 'key' },
      fault: { status: 401, type: 'unusable_key', message: credential },
      spent: nothingSpent,
    };
    return { kind: 'failed', failed };
  }
  const permit = await run.admit(target, key, run.request);
  if (isDenied(permit)) {
    entry.close(clock.nowMs(), { outcome: 'quota', message: permit.message });
    return { kind: 'denied', denial: permit };
  }
  const conceal = (message: string): string => redact(message, secretsOf(target, credential));
  const asked = () => callerText(run.request);
  const watch = new AttemptWatch(health, clock, {
    provider: target.provider.id,
    model: target.model,
    ...(key !== undefined && { key: key.id }),
    stream: run.request.stream,
    inputTokens: roughInputTokens(run.request),
  });
  const failed = (failure: Failure, { status, message, retryAfterMs }: ProviderFault) => {
    watch.failed(failure, retryAfterMs);
    if (failure.class === 'rate_limited' && failure.doubtful !== true && retryAfterMs !== undefined) {
      pauses.pause(target, key, retryAfterMs, clock.nowMs());
    }
    return { outcome: failure.class, message: conceal(message), ...(status === 0 ? {} : { status }) };
  };
  const send = async (): Promise<AttemptOutcome> => {
    const request = await dialect.authorize(exchange.request, credential, target, clock.nowMs());
    watch.sent();
    return attempt(
      {
        exchange,
        request,
        stream: run.request.stream,
        type: target.provider.type,
        firstContentTimeoutMs: contentDueMs(run, target, outlook()),
        idleTimeoutMs: target.settings.idleTimeoutMs,
        callerText: asked,
        onResponse: (status, headers) =>
          watch.responded(status, dialect.readRateLimits(headers, clock.nowMs())),
      },
      { transport, clock },
      cancel.child(),
    );
  };
  const outcome = await send().catch((defect: unknown) => {
    permit.settle(unheardOf);
    throw defect;
  });
  // Health hears of an attempt before it is settled: what a request leaves behind is written when all of it is.
  switch (outcome.kind) {
    case 'cancelled':
      if (outcome.spent.kind === 'used') {
        watch.cancelled(cancel.reason, target.settings.firstContentTimeoutMs);
      }
      permit.settle(outcome.spent);
      entry.close(clock.nowMs(), { outcome: 'cancelled' });
      return outcome;
    case 'failed': {
      const end = failed(outcome.failure, outcome.fault);
      permit.settle(outcome.spent);
      entry.close(clock.nowMs(), end);
      const fault = { ...outcome.fault, message: end.message };
      return { kind: 'failed', failed: { ...outcome, fault }, credential };
    }
    case 'reply':
      watch.replied(outcome.reply.usage?.outputTokens);
      break;
    case 'stream':
      watch.spoke();
  }
  entry.close(clock.nowMs(), { outcome: 'ok', status: 200 });
  let isOver = false;
  const over = (fault?: ProviderFault): Failure | undefined => {
    if (isOver) return undefined;
    isOver = true;
    if (fault === undefined) {
      watch.ended();
      return undefined;
    }
    const failure = failureOf(fault, target.provider.type, asked);
    entry.amend(clock.nowMs(), failed(failure, fault));
    return failure;
  };
  return { kind: 'answer', answer: { target, outcome, permit, conceal, sentMs: watch.sentMs, over } };
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
