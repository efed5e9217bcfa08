import type { Target } from '../domain/decision.ts';
import type { Clock, OutputBody } from '../domain/ports.ts';
import { CancelSwitch } from './cancellation.ts';
import { failover } from './failover.ts';
import type { Answer } from './outcome.ts';
import { keepAliveAfterMs } from './outlet.ts';
import { relayAnswer, type StreamEnd } from './relay-answer.ts';
import { Relay } from './relay.ts';
import type { Run } from './run.ts';

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
      void relayAnswer(run, order, relay, answer ?? answering, cancel).then(resolve);
    },
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
