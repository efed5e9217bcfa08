import type { HealthOutcome, HealthState, RequestSize, RouteHealth } from '../domain/health.ts';

/** Failures in a row that open a circuit. */
const tripAfter = 3;
const shortestMs = 5_000;
const longestMs = 60_000;
/** Callers may name any model of an in-house provider: the tables must not grow with what they type. */
const maxRoutes = 10_000;

interface Open {
  readonly openMs: number;
  readonly untilMs: number;
  /** Attempts a second of this process when it opened; 1 at least. */
  readonly perSecond: number;
}

/**
 * The circuits of this process: a route that fails three times in a row here is left alone at once, before the region
 * knows. Closed, open for a while, then half open: about one attempt a second is let through, a success closes it, a
 * failure opens it for twice as long.
 *
 * Only errors and unserved models count, only successes reset: a rate limit or a refused key tells nothing about
 * whether the route works, so between two failures it neither makes a third nor undoes them.
 */
export class OwnCircuits {
  /** Failures in a row, of circuits that are closed. */
  readonly #failures = new Map<string, number>();
  readonly #open = new Map<string, Open>();

  get allClosed(): boolean {
    return this.#open.size === 0;
  }

  /** How many attempts a second this process made when the circuit opened, one at least. Undefined: it is closed. */
  perSecondWhenOpened(subject: string): number | undefined {
    return this.#open.get(subject)?.perSecond;
  }

  /** Circuits with something to tell. */
  get size(): number {
    return this.#failures.size + this.#open.size;
  }

  note(subject: string, outcome: HealthOutcome, nowMs: number, perSecond: number): void {
    const open = this.#open.get(subject);
    // While it is open, only what began before, or as a last resort, ends: that neither closes nor prolongs.
    if (open !== undefined && nowMs < open.untilMs) return;
    if (outcome === 'ok') {
      if (this.#failures.size > 0) this.#failures.delete(subject);
      if (open !== undefined) this.#open.delete(subject);
    } else if (outcome === 'error' || outcome === 'unserved') {
      if (open === undefined) this.#count(subject, nowMs, perSecond);
      else this.#trip(subject, nowMs, Math.min(longestMs, 2 * open.openMs), open.perSecond);
    }
  }

  /** `known` as this process sees it. */
  worse(known: RouteHealth | undefined, subject: string, nowMs: number): RouteHealth | undefined {
    const open = this.#open.get(subject);
    if (open === undefined) return known;
    if (nowMs < open.untilMs) return new OwnView(known, 'failed', 0);
    if (known?.state === 'failed') return known;
    return new OwnView(known, 'recovering', Math.min(known?.share ?? 1, 1 / open.perSecond));
  }

  #count(subject: string, nowMs: number, perSecond: number): void {
    const failures = (this.#failures.get(subject) ?? 0) + 1;
    this.#failures.delete(subject);
    if (failures >= tripAfter) return this.#trip(subject, nowMs, shortestMs, perSecond);
    this.#failures.set(subject, failures);
    forgetOldest(this.#failures);
  }

  #trip(subject: string, nowMs: number, openMs: number, perSecond: number): void {
    this.#open.delete(subject);
    this.#open.set(subject, { openMs, untilMs: nowMs + openMs, perSecond: Math.max(1, perSecond) });
    forgetOldest(this.#open);
  }
}

function forgetOldest(table: Map<string, unknown>): void {
  const oldest = table.size > maxRoutes ? table.keys().next() : undefined;
  if (oldest?.done === false) table.delete(oldest.value);
}

/** The region's figures under this process' own state. */
class OwnView implements RouteHealth {
  readonly state: HealthState;
  readonly share: number;
  readonly perSecond: number;
  readonly samples: number;
  readonly errorRate: number;
  readonly saturation: number;
  readonly utilisation?: number;
  readonly #known: RouteHealth | undefined;

  constructor(known: RouteHealth | undefined, state: HealthState, share: number) {
    this.#known = known;
    this.state = state;
    this.share = share;
    this.perSecond = known?.perSecond ?? 0;
    this.samples = known?.samples ?? 0;
    this.errorRate = known?.errorRate ?? 0;
    this.saturation = known?.saturation ?? 0;
    if (known?.utilisation !== undefined) this.utilisation = known.utilisation;
  }

  typicalMs(size: RequestSize): number | undefined {
    return this.#known?.typicalMs(size);
  }

  p99Ms(size: RequestSize): number | undefined {
    return this.#known?.p99Ms(size);
  }
}
