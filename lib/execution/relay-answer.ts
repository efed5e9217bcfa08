import { unheardOf, type Spent } from '../domain/admission.ts';
import type { ProviderFault } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import type { AnswerSoFar } from '../dialects/contract.ts';
import type { CancelSwitch } from './cancellation.ts';
import { discard } from './discard.ts';
import type { LiveStream } from './live-stream.ts';
import type { Answer } from './outcome.ts';
import { interrupted, type Relay } from './relay.ts';
import type { Run } from './run.ts';
import { askForRest, isChance, successorOf } from './sequel.ts';
import { spentSoFar } from './spent.ts';
import { Transcript } from './transcript.ts';

/** An answer the client has read of, and what it has consumed; its permit is to be settled by that. */
export interface Heard {
  readonly answer: Answer;
  readonly spent: Spent;
}

/** How a stream ended, for whoever settles it. */
export interface StreamEnd {
  /** In their order: two where one broke off and another went on, none where nobody spoke. */
  readonly heard: readonly Heard[];
  /** When the first of them spoke, on the run's clock. */
  readonly spokeAtMs?: number;
  /** Absent: the answer is complete. */
  readonly error?: GatewayError;
  /** The client took nothing any more before the end. */
  readonly readerGone?: boolean;
}

/**
 * Relays whoever answers to its reader. An answer that breaks off after its first content is gone on with once, where
 * that can be done truthfully; otherwise the client reads one error. Never rejects.
 */
export async function relayAnswer(
  run: Run,
  order: readonly Target[],
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
    return { heard: [], error };
  }
  const { clock } = run.ports;
  const spokeAtMs = clock.nowMs();
  const deadline = clock.after(run.deadlineAtMs - clock.nowMs(), () =>
    relay.fail(new GatewayError('deadline_exceeded', 'the answer was not complete at the deadline')),
  );
  const course = new Course(run, order, relay, cancel);
  course.begin(answer, answer.outcome.stream);
  const { error } = await relay.ended;
  deadline.cancel();
  cancel.cancel();
  return {
    heard: course.heard(error === undefined),
    spokeAtMs,
    ...(error === undefined ? {} : { error }),
    ...(relay.readerGone && { readerGone: true }),
  };
}

/** The answers of one stream on their way to its reader. */
class Course {
  readonly #run: Run;
  readonly #order: readonly Target[];
  readonly #relay: Relay;
  readonly #cancel: CancelSwitch;
  readonly #flowed: { readonly answer: Answer; readonly stream: LiveStream }[] = [];

  constructor(run: Run, order: readonly Target[], relay: Relay, cancel: CancelSwitch) {
    this.#run = run;
    this.#order = order;
    this.#relay = relay;
    this.#cancel = cancel;
  }

  begin(answer: Answer, stream: LiveStream): void {
    const transcript = this.#mayGoOn(answer) ? new Transcript() : undefined;
    const broken = (fault: ProviderFault): void => {
      // Nobody stands above a socket's events to catch a defect: the process would end.
      this.#goOn(answer, stream, fault, transcript).catch(() => this.#relay.fail(unexpected()));
    };
    this.#flow(answer, stream, broken, transcript);
  }

  /** To be called when the relay has ended. The last answer may be complete, one before it broke off. */
  heard(complete: boolean): readonly Heard[] {
    return this.#flowed.map(({ answer, stream }, index) => {
      answer.over();
      return { answer, spent: spentSoFar(stream.state, complete && index === this.#flowed.length - 1) };
    });
  }

  #flow(
    answer: Answer,
    stream: LiveStream,
    broken: (fault: ProviderFault) => void,
    transcript?: Transcript,
  ): void {
    this.#flowed.push({ answer, stream });
    this.#relay.flow(stream, answer.target.settings, { broken, transcript });
  }

  #mayGoOn({ target }: Answer): boolean {
    const { request, log } = this.#run;
    return (
      request.client.continuation?.mayContinue(request) === true &&
      successorOf(this.#order, target, log.entries) !== undefined
    );
  }

  async #goOn(
    answer: Answer,
    stream: LiveStream,
    fault: ProviderFault,
    transcript: Transcript | undefined,
  ): Promise<void> {
    const failure = answer.over(fault);
    const error = interrupted(answer.conceal(fault.message));
    const soFar = isChance(failure) && !this.#relay.readerGone ? this.#read(transcript) : undefined;
    const successor = successorOf(this.#order, answer.target, this.#run.log.entries);
    if (soFar === undefined || successor === undefined) return this.#relay.fail(error);
    const { usage } = answer.permit.settle(spentSoFar(stream.state));
    const next = await askForRest(this.#run, successor, soFar, usage, this.#cancel.child());
    if (next === undefined) return this.#relay.fail(error);
    if (next.outcome.kind !== 'stream' || this.#relay.over) {
      discard(next);
      return this.#relay.fail(error);
    }
    this.#flow(next, next.outcome.stream, (again) => {
      next.over(again);
      this.#relay.fail(error);
    });
  }

  #read(transcript: Transcript | undefined): AnswerSoFar | undefined {
    const sent = transcript?.pieces;
    return sent === undefined ? undefined : this.#run.request.client.continuation?.readSoFar(sent);
  }
}

const unexpected = (): GatewayError =>
  new GatewayError('internal_error', 'the gateway failed to relay the answer');
