import type { RunResult } from './run.ts';
import type { Outcome } from './tally.ts';
import type { Incident } from './world.ts';

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a document made of some requests. Figures that nothing stands behind are NaN (null in JSON). */
export interface Figures {
  readonly requests: number;
  /** Whole answers over requests. */
  readonly availability: number;
  /** Of answered requests: from arrival to the first content. */
  readonly firstTokenMs: Percentiles;
  /** Of answered requests: from arrival to the last byte. */
  readonly wholeMs: Percentiles;
  /** Of everything that was billed: answers, hedges, what broke off. */
  readonly costUsd: number;
  /** Answers whose price nobody knows; they are not in the cost. */
  readonly unpriced: number;
  readonly attemptsPerRequest: number;
  readonly hedges: number;
  /** Answers from outside the zones their key demands. */
  readonly outsideZones: number;
  /** Of all answers, by provider, the largest first. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface Summary {
  readonly document: string;
  readonly whole: Figures;
  /** Of the requests that arrived while it lasted. */
  readonly incidents: readonly { readonly name: string; readonly figures: Figures }[];
}

/** The figures of a run, over all of it and within each incident. */
export function summarise(
  document: string,
  { tally, startMs }: RunResult,
  incidents: readonly Incident[],
): Summary {
  const within = (fromMs: number, toMs: number): Figures => {
    const isIn = (atMs: number): boolean => atMs >= fromMs && atMs < toMs;
    const collected = new Collected();
    for (const outcome of tally.outcomes()) if (isIn(outcome.startedMs)) collected.add(outcome);
    return collected.figures(tally.hedgesAtMs.filter(isIn).length);
  };
  return {
    document,
    whole: within(-Infinity, Infinity),
    incidents: incidents.map(({ name, from, to }) => ({
      name,
      figures: within(startMs + from, startMs + to),
    })),
  };
}

class Collected {
  #requests = 0;
  #attempts = 0;
  #costMicroUsd = 0;
  #unpriced = 0;
  #outside = 0;
  readonly #firstTokenMs: number[] = [];
  readonly #wholeMs: number[] = [];
  readonly #answers = new Map<string, number>();

  add(outcome: Outcome): void {
    this.#requests += 1;
    this.#attempts += outcome.attempts;
    if (!Number.isNaN(outcome.costMicroUsd)) this.#costMicroUsd += outcome.costMicroUsd;
    if (!outcome.answered) return;
    if (Number.isNaN(outcome.costMicroUsd)) this.#unpriced += 1;
    if (outcome.unlawful) this.#outside += 1;
    this.#firstTokenMs.push(outcome.firstContentMs);
    this.#wholeMs.push(outcome.durationMs);
    this.#answers.set(outcome.provider, (this.#answers.get(outcome.provider) ?? 0) + 1);
  }

  figures(hedges: number): Figures {
    const answered = this.#wholeMs.length;
    const shares = [...this.#answers]
      .toSorted(([, a], [, b]) => b - a)
      .map(([provider, answers]) => [provider, answers / answered] as const);
    return {
      requests: this.#requests,
      availability: answered / this.#requests,
      firstTokenMs: percentiles(this.#firstTokenMs),
      wholeMs: percentiles(this.#wholeMs),
      costUsd: this.#costMicroUsd / 1e6,
      unpriced: this.#unpriced,
      attemptsPerRequest: this.#attempts / this.#requests,
      hedges,
      outsideZones: this.#outside,
      shares: Object.fromEntries(shares),
    };
  }
}

/** By nearest rank: each is a value that occurred. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
