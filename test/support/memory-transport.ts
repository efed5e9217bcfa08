import type {
  ByteSink,
  ByteSource,
  Cancellation,
  Clock,
  OutboundRequest,
  OutboundResponse,
  Timer,
  Transport,
} from '../../lib/domain/ports.ts';
import { TransportError } from '../../lib/domain/ports.ts';

/** One step of a scripted body. */
export type BodyStep = { readonly afterMs?: number } & (
  | { readonly send: string }
  | { readonly end: true }
  | { readonly cut: true }
  /** Nothing more ever comes. */
  | { readonly stall: true }
);

/** What a scripted provider does with one request. */
export type Script =
  | { readonly fail: 'refused' | 'reset'; readonly afterMs?: number }
  | { readonly never: true }
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly afterMs?: number;
      readonly body: readonly BodyStep[];
    };

/** A transport whose providers follow scripts, in memory and on the test's clock. */
export class MemoryTransport implements Transport {
  readonly #clock: Clock;
  readonly #scripts: Map<string, Script[]>;
  /** What the providers saw: host and moment of every request. */
  readonly seen: { readonly host: string; readonly atMs: number; readonly request: OutboundRequest }[] = [];
  /** Requests and bodies not yet over. */
  open = 0;
  cancelled: string[] = [];

  /** The scripts of each host, used up in order; the last one repeats. */
  constructor(clock: Clock, scripts: Readonly<Record<string, readonly Script[]>>) {
    this.#clock = clock;
    this.#scripts = new Map(Object.entries(scripts).map(([host, list]) => [host, [...list]]));
  }

  send(request: OutboundRequest, cancellation: Cancellation): Promise<OutboundResponse> {
    const { host } = new URL(request.url);
    this.seen.push({ host, atMs: this.#clock.nowMs(), request });
    const scripts = this.#scripts.get(host) ?? [];
    const script = scripts.length > 1 ? scripts.shift() : scripts[0];
    return new Promise((resolve, reject) => {
      this.open += 1;
      let timer: Timer | undefined;
      let over = false;
      const close = (): void => {
        if (over) return;
        over = true;
        this.open -= 1;
      };
      let body: MemoryBody | undefined;
      cancellation.onCancel(() => {
        timer?.cancel();
        if (!over) this.cancelled.push(host);
        body?.destroy();
        close();
        reject(new TransportError('cancelled', 'cancelled'));
      });
      if (script === undefined || 'never' in script) return;
      timer = this.#clock.after(script.afterMs ?? 0, () => {
        if ('fail' in script) {
          close();
          return reject(new TransportError(script.fail, script.fail));
        }
        body = new MemoryBody(this.#clock, script.body, close);
        resolve({
          status: script.status ?? 200,
          headers: script.headers ?? { 'content-type': 'text/event-stream' },
          body,
        });
      });
    });
  }
}

class MemoryBody implements ByteSource {
  readonly #clock: Clock;
  readonly #steps: BodyStep[];
  readonly #close: () => void;
  #sink: ByteSink | undefined;
  #timer: Timer | undefined;
  #paused = false;
  #due: (() => void) | undefined;

  constructor(clock: Clock, steps: readonly BodyStep[], close: () => void) {
    this.#clock = clock;
    this.#steps = [...steps];
    this.#close = close;
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#next();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }

  destroy(): void {
    this.#sink = undefined;
    this.#timer?.cancel();
    this.#close();
  }

  #next(): void {
    const step = this.#steps.shift();
    if (step === undefined || 'stall' in step) return;
    this.#timer = this.#clock.after(step.afterMs ?? 0, () => {
      const act = (): void => this.#act(step);
      if (this.#paused) this.#due = act;
      else act();
    });
  }

  #act(step: BodyStep): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    if ('send' in step) {
      sink.data(Buffer.from(step.send));
      if (this.#paused) this.#due ??= () => this.#next();
      else this.#next();
      return;
    }
    this.#sink = undefined;
    this.#close();
    if ('end' in step) sink.end();
    else if ('cut' in step) sink.fail(new TransportError('cut', 'the connection broke inside the answer'));
  }
}
