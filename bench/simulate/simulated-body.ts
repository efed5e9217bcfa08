import type { ByteSink, ByteSource, Clock, Timer } from '../../lib/domain/ports.ts';
import { TransportError } from '../../lib/domain/ports.ts';

/** What a body does, in milliseconds after its response's headers. */
export type Step =
  | { readonly kind: 'data'; readonly atMs: number; readonly chunk: Uint8Array }
  | { readonly kind: 'end' | 'cut'; readonly atMs?: number };

/** A response body that arrives by the clock; what is due while nobody reads waits until somebody does. */
export class SimulatedBody implements ByteSource {
  readonly #clock: Clock;
  readonly #steps: readonly Step[];
  readonly #over: () => void;
  readonly #startMs: number;
  #sink: ByteSink | undefined;
  #next = 0;
  #paused = false;
  #timer: Timer | undefined;

  /** `over` is called, at least once, when the provider has nothing more to do for it. */
  constructor(clock: Clock, steps: readonly Step[], over: () => void = () => undefined) {
    this.#clock = clock;
    this.#steps = steps;
    this.#over = over;
    this.#startMs = clock.nowMs();
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#flow();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  destroy(): void {
    this.#sink = undefined;
    this.#timer?.cancel();
    this.#over();
  }

  #flow(): void {
    while (this.#sink !== undefined && !this.#paused && this.#timer === undefined) {
      const step = this.#steps[this.#next];
      if (step === undefined) return;
      const waitMs = this.#startMs + (step.atMs ?? 0) - this.#clock.nowMs();
      if (waitMs > 0) {
        this.#timer = this.#clock.after(waitMs, () => {
          this.#timer = undefined;
          this.#flow();
        });
        return;
      }
      this.#next += 1;
      this.#take(step, this.#sink);
    }
  }

  #take(step: Step, sink: ByteSink): void {
    if (step.kind === 'data') return sink.data(step.chunk);
    this.#over();
    if (step.kind === 'end') sink.end();
    else sink.fail(new TransportError('cut', 'the simulated provider broke off'));
  }
}
