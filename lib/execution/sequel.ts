import type { Target } from '../domain/decision.ts';
import type { AttemptSummary, Failure } from '../domain/failure.ts';
import type { Usage } from '../domain/usage.ts';
import type {
  AnswerSoFar,
  ProviderDialect,
  SequelWriter,
  StreamReader,
  StreamState,
  StreamStep,
} from '../dialects/contract.ts';
import { otherAnswer } from './broken-stream.ts';
import type { CancelSwitch } from './cancellation.ts';
import type { Answer } from './outcome.ts';
import type { Run } from './run.ts';
import { runTarget } from './target-run.ts';

/** True where another target may do better: a provider that refuses to go on had a reason. */
export const isChance = (failure: Failure | undefined): boolean =>
  failure?.class === 'transient' || failure?.class === 'broken_stream';

/**
 * Who may be asked to go on with an answer of `target`: the next one of the order that is known to be the same model and
 * has not failed this request already. Names alone prove nothing: without facts there is none.
 */
export function successorOf(
  order: readonly Target[],
  target: Target,
  attempts: readonly AttemptSummary[],
): Target | undefined {
  const family = target.facts?.family;
  if (family === undefined) return undefined;
  const hasFailed = ({ provider, model }: Target): boolean =>
    attempts.some(
      (tried) => tried.provider === provider.id && tried.model === model && tried.outcome !== 'cancelled',
    );
  return order
    .slice(order.indexOf(target) + 1)
    .find((next) => next.facts?.family === family && !hasFailed(next));
}

/**
 * Asks `successor` for the rest of an answer: to go on from where it broke off, where it can be made to, else for the
 * whole answer again, of which only what is new is passed on. Never rejects; undefined: there is none.
 */
export async function askForRest(
  run: Run,
  successor: Target,
  soFar: AnswerSoFar,
  consumed: Usage | undefined,
  cancel: CancelSwitch,
): Promise<Answer | undefined> {
  const { continuation } = run.request.client;
  if (continuation === undefined) return undefined;
  try {
    const dialect = run.ports.dialectOf(successor);
    const prefilled = dialect.prefilled?.(run.request, successor, soFar.text);
    const from = prefilled === undefined ? 'start' : 'break';
    const openWriter = (): SequelWriter => continuation.openSequel(soFar, from, consumed);
    const next: Run = {
      ...run,
      request: prefilled ?? run.request,
      ports: { ...run.ports, dialectOf: (target) => asSequel(run.ports.dialectOf(target), openWriter) },
    };
    const outlook = () => ({ nextTarget: false, nextChangesModel: false });
    const outcome = await runTarget(next, successor, outlook, cancel);
    return outcome.kind === 'answer' ? outcome.answer : undefined;
  } catch {
    return undefined;
  }
}

/** The same dialect, whose streams are written as the rest of another. */
const asSequel = (dialect: ProviderDialect, openWriter: () => SequelWriter): ProviderDialect => ({
  ...dialect,
  open: (request, target, context) => {
    const exchange = dialect.open(request, target, context);
    return {
      ...exchange,
      openStream: (headers) => new SequelReader(exchange.openStream(headers), openWriter()),
    };
  },
});

/** Reads a provider's stream; what it says to the client goes through a writer that knows what has been said. */
class SequelReader implements StreamReader {
  readonly #reader: StreamReader;
  readonly #writer: SequelWriter;

  constructor(reader: StreamReader, writer: SequelWriter) {
    this.#reader = reader;
    this.#writer = writer;
  }

  get state(): StreamState {
    return this.#reader.state;
  }

  push(chunk: Uint8Array): StreamStep {
    return this.#rewritten(this.#reader.push(chunk));
  }

  end(): StreamStep {
    return this.#rewritten(this.#reader.end());
  }

  finish(): string {
    return this.#writer.write(this.#reader.finish()) ?? '';
  }

  #rewritten(step: StreamStep): StreamStep {
    const output = this.#writer.write(step.output);
    if (output === undefined) return { output: '', fault: otherAnswer };
    if (step.fault === undefined && this.state.finished && !this.#writer.caughtUp) {
      return { output, fault: otherAnswer };
    }
    return { ...step, output };
  }
}
