import { nothingSpent, unheardOf, type Spent } from '../domain/admission.ts';
import type { ProviderFault } from '../domain/chat.ts';
import type { ProviderType } from '../domain/policy.ts';
import type { Clock, Headers, OutboundRequest, OutboundResponse, Transport } from '../domain/ports.ts';
import { TransportError } from '../domain/ports.ts';
import type { Exchange, StreamState } from '../dialects/contract.ts';
import { readWhole } from './body.ts';
import { brokenStream, failureOf, isUnsaid, unreadable } from './broken-stream.ts';
import type { CancelSwitch } from './cancellation.ts';
import { LiveStream } from './live-stream.ts';
import type { AttemptOutcome, FailedAttempt } from './outcome.ts';
import { spentSoFar } from './spent.ts';

export interface AttemptInput {
  readonly exchange: Exchange;
  /** The exchange's request with the credential in place. */
  readonly request: OutboundRequest;
  readonly stream: boolean;
  readonly type: ProviderType;
  readonly firstContentTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** See `callerText`; asked only when a message has to be classified by its words. */
  readonly callerText: () => string;
  /** Hears of every response, before its body is read. */
  readonly onResponse: (status: number, headers: Headers) => void;
}

interface Ports {
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * One HTTP exchange with one target under one key. Resolves, never rejects: with the whole reply, with a stream that
 * has spoken, with a classified failure, or cancelled. `own` is pulled when it ends in any way but an answer, so
 * nothing it started outlives it; a stream that spoke is the caller's to end.
 */
export async function attempt(input: AttemptInput, ports: Ports, own: CancelSwitch): Promise<AttemptOutcome> {
  let silent = false;
  const timer = ports.clock.after(input.firstContentTimeoutMs, () => {
    silent = true;
    own.cancel();
  });
  const outcome = await exchange(input, ports, own).catch((error: unknown) =>
    failed(unreadable(error), input, unheardOf),
  );
  timer.cancel();
  if (outcome.kind === 'failed') own.cancel();
  if (outcome.kind !== 'cancelled' || !silent) return outcome;
  return {
    kind: 'failed',
    failure: { class: 'silent' },
    fault: { status: 0, message: `no content within ${input.firstContentTimeoutMs} ms` },
    spent: outcome.spent,
  };
}

async function exchange(input: AttemptInput, ports: Ports, own: CancelSwitch): Promise<AttemptOutcome> {
  if (own.cancelled) return { kind: 'cancelled', spent: nothingSpent };
  const response = await ports.transport.send(input.request, own).catch(transportFault);
  if (own.cancelled) {
    if ('body' in response) response.body.destroy();
    return { kind: 'cancelled', spent: unheardOf };
  }
  if ('message' in response) {
    return failed(response, input, response.type === 'connection_reset' ? unheardOf : nothingSpent);
  }
  own.onCancel(() => response.body.destroy());
  input.onResponse(response.status, response.headers);
  const success = response.status >= 200 && response.status < 300;
  return success && input.stream && isStream(response)
    ? speak(input, response, own)
    : read(input, ports, response, own, success);
}

/** A stream up to its first content. */
function speak(input: AttemptInput, response: OutboundResponse, own: CancelSwitch): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const stream = new LiveStream(response.body, input.exchange.openStream(response.headers), {
      spoken: () => resolve({ kind: 'stream', stream }),
      broken: (fault) => resolve(failed(fault, input, spentBefore(fault, stream.state))),
    });
    own.onCancel(() => {
      stream.cancel();
      resolve({ kind: 'cancelled', spent: spentSoFar(stream.state) });
    });
    stream.start();
  });
}

/** A whole body: the reply, or the provider's account of why there is none. */
async function read(
  input: AttemptInput,
  ports: Ports,
  response: OutboundResponse,
  own: CancelSwitch,
  success: boolean,
): Promise<AttemptOutcome> {
  const body = await readWhole(response.body, ports.clock, input.idleTimeoutMs, own);
  if (body === undefined) return { kind: 'cancelled', spent: success ? unheardOf : nothingSpent };
  if ('message' in body) {
    return success
      ? failed(body, input, unheardOf)
      : failed({ ...body, status: response.status, type: 'unreadable_error' }, input, nothingSpent);
  }
  if (!success) {
    return failed(input.exchange.readFault(response.status, response.headers, body), input, nothingSpent);
  }
  const reading = input.exchange.readReply(response.headers, body);
  if (!reading.ok) return failed(reading.fault, input, isUnsaid(reading.fault) ? unheardOf : nothingSpent);
  if (input.stream) {
    const { usage } = reading;
    const fault = brokenStream('the provider answered with a whole reply where a stream was asked for');
    return failed(fault, input, usage === undefined ? unheardOf : { ...unheardOf, usage, complete: true });
  }
  return { kind: 'reply', reply: reading };
}

/** Hosts name their streams in several ways; what is surely no stream is JSON or a page. */
function isStream(response: OutboundResponse): boolean {
  const type = response.headers['content-type'] ?? '';
  return !type.includes('json') && !type.includes('html');
}

function failed(
  fault: ProviderFault,
  { type, callerText }: Pick<AttemptInput, 'type' | 'callerText'>,
  spent: Spent,
): FailedAttempt {
  return { kind: 'failed', failure: failureOf(fault, type, callerText), fault, spent };
}

/** A provider that says why it gives no answer bills what it has reported, which is mostly nothing. */
const spentBefore = (fault: ProviderFault, state: StreamState): Spent =>
  state.usage === undefined && !isUnsaid(fault) ? nothingSpent : spentSoFar(state);

/** A failure below HTTP, in a fault's words. */
function transportFault(error: unknown): ProviderFault {
  return error instanceof TransportError
    ? { status: 0, type: `connection_${error.kind}`, message: error.message }
    : { status: 0, type: 'connection_refused', message: 'the request could not be sent' };
}
