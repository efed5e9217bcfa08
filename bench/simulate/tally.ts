import { asArray, asNumber, asObject, asString } from '../../lib/domain/json.ts';
import type { Job } from './wire.ts';
import type { World } from './world.ts';

/** What became of one request, as its log line tells it. */
export interface Outcome {
  readonly startedMs: number;
  /** The whole answer arrived. */
  readonly answered: boolean;
  readonly durationMs: number;
  /** NaN: nothing was ever said. */
  readonly firstContentMs: number;
  /** NaN: not known. */
  readonly costMicroUsd: number;
  readonly attempts: number;
  /** Who answered; "": nobody. */
  readonly provider: string;
  /** Answered from outside the zones its key demands. */
  readonly unlawful: boolean;
}

const columns = ['startedMs', 'durationMs', 'firstContentMs', 'costMicroUsd', 'attempts'] as const;
type Column = (typeof columns)[number];

/** The outcomes of a run, by columns: a million of them take some fifty megabytes. */
export class Tally {
  readonly #world: World;
  readonly #figures: Record<Column, Float64Array>;
  #answered = new Uint8Array(1_024);
  #unlawful = new Uint8Array(1_024);
  #provider = new Uint16Array(1_024);
  readonly #providers: string[] = [''];
  readonly #hedgesAtMs: number[] = [];
  /** What a gateway must never log: it would be a defect. */
  readonly problems = new Set<string>();
  #size = 0;

  constructor(world: World) {
    this.#world = world;
    const empty = (): Float64Array => new Float64Array(1_024);
    this.#figures = {
      startedMs: empty(),
      durationMs: empty(),
      firstContentMs: empty(),
      costMicroUsd: empty(),
      attempts: empty(),
    };
  }

  get size(): number {
    return this.#size;
  }

  get hedgesAtMs(): readonly number[] {
    return this.#hedgesAtMs;
  }

  hedged(nowMs: number): void {
    this.#hedgesAtMs.push(nowMs);
  }

  /** Takes one line of a gateway's log. */
  note(line: object, jobOf: (requestId: string) => Job): void {
    const fields = asObject(line);
    if (fields['event'] !== 'request') {
      this.problems.add(JSON.stringify(line));
      return;
    }
    const figure = (name: string): number => asNumber(fields[name]) ?? Number.NaN;
    const provider = asString(fields['provider']) ?? '';
    const place = this.#world.place(provider, asString(fields['model']) ?? '');
    const { key } = jobOf(asString(fields['request_id']) ?? '');
    this.add({
      startedMs: figure('started_ms'),
      answered: fields['status'] === 200 && fields['error_code'] === undefined,
      durationMs: figure('duration_ms'),
      firstContentMs: figure('first_content_ms'),
      costMicroUsd: figure('cost_micro_usd'),
      attempts: asArray(fields['attempts']).length,
      provider,
      unlawful: place !== undefined && !this.#world.isLawful(key, place),
    });
  }

  add(outcome: Outcome): void {
    if (this.#size === this.#answered.length) this.#grow();
    const at = this.#size;
    for (const column of columns) this.#figures[column][at] = outcome[column];
    this.#answered[at] = Number(outcome.answered);
    this.#unlawful[at] = Number(outcome.unlawful);
    this.#provider[at] = this.#providerNumber(outcome.provider);
    this.#size += 1;
  }

  /** One after the other, in the order in which they ended. */
  *outcomes(): Generator<Outcome> {
    const figure = (column: Column, at: number): number => this.#figures[column][at] ?? Number.NaN;
    for (let at = 0; at < this.#size; at += 1) {
      yield {
        startedMs: figure('startedMs', at),
        durationMs: figure('durationMs', at),
        firstContentMs: figure('firstContentMs', at),
        costMicroUsd: figure('costMicroUsd', at),
        attempts: figure('attempts', at),
        answered: this.#answered[at] === 1,
        unlawful: this.#unlawful[at] === 1,
        provider: this.#providers[this.#provider[at] ?? 0] ?? '',
      };
    }
  }

  #providerNumber(provider: string): number {
    const known = this.#providers.indexOf(provider);
    return known === -1 ? this.#providers.push(provider) - 1 : known;
  }

  #grow(): void {
    const size = this.#answered.length * 2;
    for (const column of columns) {
      const grown = new Float64Array(size);
      grown.set(this.#figures[column]);
      this.#figures[column] = grown;
    }
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const grown = new Uint8Array(size);
      grown.set(old);
      return grown;
    };
    this.#answered = bytes(this.#answered);
    this.#unlawful = bytes(this.#unlawful);
    const provider = new Uint16Array(size);
    provider.set(this.#provider);
    this.#provider = provider;
  }
}
