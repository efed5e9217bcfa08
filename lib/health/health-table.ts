import type { HealthState, RequestSize, RouteHealth } from '../domain/health.ts';
import { errorRateOf, evidenceAt, forgiven, latencyAt, type Evidence } from './evidence.ts';
import { quantile, weightIn } from './histogram.ts';
import type { Snapshot, SubjectHealth } from './snapshot.ts';
import { shareOf, standingAt } from './states.ts';
import { isKeySubject, keySubject, routeSubject } from './subject.ts';
import { bandOf, bands } from './windows.ts';

/** How old a snapshot is while traffic flows. Only what is older tells of silence. */
const usualAgeMs = 15_000;

interface Asked {
  /** Of histogram. */
  readonly kind: string;
  readonly part: number;
  /** Samples, fewer of which tell nothing. */
  readonly enough: number;
  readonly perMs: number;
  /** Among the answers. */
  readonly place: number;
}
/** One sample, ten minutes ago. */
const median = { part: 0.5, enough: 0.5 };
/** With fewer samples the 99th percentile is just the longest of them. */
const p99 = { part: 0.99, enough: 20 };
const firstContentMedian: Asked = { ...median, kind: 'f', perMs: 1, place: 0 };
const paceMedian: Asked = { ...median, kind: 'p', perMs: 100, place: bands };
const firstContentP99: Asked = { ...p99, kind: 'f', perMs: 1, place: 2 * bands };
const wholeP99: Asked = { ...p99, kind: 'w', perMs: 1, place: 3 * bands };

/** A snapshot as decisions read it: everything is worked out once, latencies when first asked for. */
export class HealthTable {
  readonly #subjects = new Map<string, RouteHealth>();
  readonly #names = new Map<string, Map<string, NamedRoute>>();
  /** Attempts a second, over all routes of the region. */
  readonly perSecond: number;
  /** Routes that are not healthy, by state. */
  readonly states: Readonly<Record<'degraded' | 'failed' | 'recovering', number>>;

  /** `nowMs`: when it is read. States are as of then; figures too, less the time that a snapshot takes to arrive. */
  constructor(snapshot: Snapshot, nowMs: number) {
    const atMs = Math.max(snapshot.untilMs, nowMs - usualAgeMs);
    let perSecond = 0;
    const states = { degraded: 0, failed: 0, recovering: 0 };
    for (const [subject, known] of snapshot.subjects) {
      const health = new KnownHealth(known, atMs, nowMs);
      this.#subjects.set(subject, health);
      if (isKeySubject(subject)) continue;
      perSecond += health.perSecond;
      if (health.state !== 'healthy') states[health.state] += 1;
    }
    this.perSecond = perSecond;
    this.states = states;
  }

  route(provider: string, model: string): RouteHealth | undefined {
    return this.#named(provider, model)?.health;
  }

  key(provider: string, model: string, key: string): RouteHealth | undefined {
    const route = this.#named(provider, model);
    const known = route?.keys.get(key);
    if (route === undefined || known !== undefined) return known;
    const health = this.#subjects.get(keySubject(provider, model, key));
    if (health !== undefined) route.keys.set(key, health);
    return health;
  }

  /** Asked for every candidate of every decision: what is known is found by its names, no text is put together. */
  #named(provider: string, model: string): NamedRoute | undefined {
    const models = this.#names.get(provider) ?? new Map<string, NamedRoute>();
    const known = models.get(model);
    if (known !== undefined) return known;
    const health = this.#subjects.get(routeSubject(provider, model));
    if (health === undefined) return undefined;
    const route = { health, keys: new Map<string, RouteHealth>() };
    this.#names.set(provider, models.set(model, route));
    return route;
  }
}

interface NamedRoute {
  readonly health: RouteHealth;
  readonly keys: Map<string, RouteHealth>;
}

class KnownHealth implements RouteHealth {
  readonly state: HealthState;
  readonly share: number;
  readonly perSecond: number;
  readonly samples: number;
  readonly errorRate: number;
  readonly saturation: number;
  readonly utilisation?: number;
  readonly #latencies: Evidence['latencies'];
  readonly #atMs: number;
  readonly #quantiles = new Map<number, number | undefined>();

  constructor(known: SubjectHealth, atMs: number, nowMs: number) {
    const standing = standingAt(known.standing, nowMs);
    const counted = evidenceAt(known.evidence, atMs);
    const evidence = standing === known.standing ? counted : forgiven(counted);
    this.state = standing.state;
    this.share = shareOf(standing);
    this.perSecond = evidence.perSecond;
    this.samples = evidence.weight;
    this.errorRate = errorRateOf(evidence);
    this.saturation = evidence.weight === 0 ? 0 : evidence.saturated / evidence.weight;
    if (evidence.utilisation !== undefined) this.utilisation = evidence.utilisation.part;
    this.#latencies = evidence.latencies;
    this.#atMs = atMs;
  }

  typicalMs({ inputTokens, stream }: RequestSize): number | undefined {
    return this.#quantile(stream ? firstContentMedian : paceMedian, bandOf(inputTokens));
  }

  p99Ms({ inputTokens, stream }: RequestSize): number | undefined {
    return this.#quantile(stream ? firstContentP99 : wholeP99, bandOf(inputTokens));
  }

  #quantile(asked: Asked, band: number): number | undefined {
    const place = asked.place + band;
    if (this.#quantiles.has(place)) return this.#quantiles.get(place);
    const histogram = latencyAt(this.#latencies[`${asked.kind}${band}`], this.#atMs);
    const known = histogram !== undefined && weightIn(histogram) >= asked.enough;
    const value = known ? quantile(histogram, asked.part) : undefined;
    this.#quantiles.set(place, value === undefined ? undefined : value / asked.perMs);
    return this.#quantiles.get(place);
  }
}
