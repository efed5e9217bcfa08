import { nothingSpent, unheardOf, type Spent } from '../domain/admission.ts';
import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import type { Clock, OutputBody } from '../domain/ports.ts';
import { CancelSwitch } from './cancellation.ts';
import { failover } from './failover.ts';
import type { Answer } from './outcome.ts';
import { keepAliveAfterMs, Relay } from './relay.ts';
import type { Run } from './run.ts';

/** How a stream ended, for whoever settles it. */
export interface StreamEnd {
  /** Absent: nobody ever spoke. */
  readonly answer?: Answer;
  /** When the answer spoke, on the run's clock. */
  readonly spokeAtMs?: number;
  /** What the answer has consumed; its permit is to be settled by it. */
  readonly spent: Spent;
  /** Absent: the answer is complete. */
  readonly error?: GatewayError;
}

export interface StreamDelivery {
  /** Absent: nobody has spoken yet, and the client is told to be patient. */
  readonly answer: Answer | undefined;
  /** Writes the stream to its reader; call it once. */
  readonly pour: (out: OutputBody) => void;
  /** Never rejects. Resolves only after `pour`. */
  readonly ended: Promise<StreamEnd>;
}

/** Runs the chain for a whole reply. Rejects with GatewayError. */
export const answerWhole = (run: Run, order: readonly Target[]): Promise<Answer> =>
  failover(run, order, new CancelSwitch());

/**
 * Runs the chain for a stream. Resolves at its first content, or after 15 s without any: the response's headers go
 * out then, and only then is failure an event inside it instead of a status. Rejects with GatewayError before that.
 */
export async function answerStream(run: Run, order: readonly Target[]): Promise<StreamDelivery> {
  const { clock } = run.ports;
  const cancel = new CancelSwitch();
  const answering = failover(run, order, cancel);
  const answer = await Promise.race([answering, patience(clock, answering)]);
  const { promise: ended, resolve } = Promise.withResolvers<StreamEnd>();
  return {
    answer,
    ended,
    pour: (out) => {
      const relay = new Relay(clock, run.request.client, out);
      if (answer === undefined) relay.sayAlive();
      void relayAnswer(run, relay, answer ?? answering, cancel).then(resolve);
    },
  };
}

async function relayAnswer(
  run: Run,
  relay: Relay,
  answering: Answer | Promise<Answer>,
  cancel: CancelSwitch,
): Promise<StreamEnd> {
  const answer = await Promise.resolve(answering).catch((error: unknown) =>
    error instanceof GatewayError ? error : unexpected(),
  );
  if (answer instanceof GatewayError || answer.outcome.kind !== 'stream') {
    const error = answer instanceof GatewayError ? answer : unexpected();
    if (!(answer instanceof GatewayError)) answer.permit.settle(unheardOf);
    relay.fail(error);
    await relay.ended;
    return { spent: nothingSpent, error };
  }
  const { stream } = answer.outcome;
  const { clock } = run.ports;
  const spokeAtMs = clock.nowMs();
  const deadline = clock.after(run.deadlineAtMs - clock.nowMs(), () =>
    relay.fail(new GatewayError('deadline_exceeded', 'the answer was not complete at the deadline')),
  );
  relay.flow(stream, answer.target.settings, answer.conceal);
  const { error } = await relay.ended;
  deadline.cancel();
  cancel.cancel();
  const { usage, outputChars } = stream.state;
  return {
    answer,
    spokeAtMs,
    spent: {
      kind: 'used',
      outputChars,
      complete: error === undefined,
      ...(usage === undefined ? {} : { usage }),
    },
    ...(error === undefined ? {} : { error }),
  };
}

/** Resolves with nothing after 15 s, unless the chain has ended before. */
function patience(clock: Clock, answering: Promise<Answer>): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = clock.after(keepAliveAfterMs, () => resolve(undefined));
    const stop = (): void => timer.cancel();
    answering.then(stop, stop);
  });
}

const unexpected = (): GatewayError =>
  new GatewayError('internal_error', 'the gateway failed to relay the answer');
