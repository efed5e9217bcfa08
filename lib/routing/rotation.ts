import type { LastResort, Target } from '../domain/decision.ts';
import type { RouteHealth } from '../domain/health.ts';
import type { Random } from '../domain/ports.ts';
import type { RoutingContext } from './context.ts';
import { entryChance } from './let-in.ts';
import { unitHash } from './select.ts';

type Context = Pick<RoutingContext, 'health' | 'looksTooLong' | 'pausedMs'>;

/** So long a wait is better than another target (README, "Failure behaviour"); attempts know what to do with it. */
const patienceMs = 3_000;

/** Of those that are asked last, who is asked first: what works for somebody before what works for nobody. */
const ranks: readonly LastResort[] = ['recovering', 'rate_limited', 'window', 'failed'];

/** One route in one decision. */
interface Route {
  readonly name: string;
  readonly health: RouteHealth | undefined;
  /** Whether it is in rotation has been decided. */
  drawn: boolean;
  lastResort: LastResort | undefined;
}

/**
 * Which targets of one decision are in rotation. Every way a request can go is looked at first (`meet`), since how often a
 * recovering route is let in depends on the traffic of all; the draw is made once per route, however often it comes up.
 */
export class Rotation {
  readonly #context: Context;
  readonly #random: Random;
  readonly #sessionKey: string | undefined;
  readonly #routes = new Map<string, Route>();
  readonly #known = new Map<Target, Route>();
  #perSecond = 0;

  constructor(context: Context, random: Random, sessionKey: string | undefined) {
    this.#sessionKey = sessionKey;
    this.#context = context;
    this.#random = random;
  }

  /** Takes targets in before any of them is asked about. */
  meet(targets: readonly Target[]): void {
    for (const target of targets) this.#route(target);
  }

  health(target: Target): RouteHealth | undefined {
    return this.#route(target).health;
  }

  /** Why it is asked only after all others; absent: it is in rotation. As one entry of a list that keeps its order. */
  lastResort(target: Target): LastResort | undefined {
    const route = this.#route(target);
    if (!route.drawn) {
      route.drawn = true;
      route.lastResort = this.#lastResort(target, route);
    }
    return route.lastResort;
  }

  /** The same targets, those in rotation first. */
  inRotationFirst(targets: readonly Target[]): readonly Target[] {
    const isLast = (target: Target): boolean => this.lastResort(target) !== undefined;
    if (!targets.some(isLast)) return targets;
    const rank = (target: Target): number => ranks.indexOf(this.lastResort(target) ?? 'recovering');
    return [
      ...targets.filter((target) => !isLast(target)),
      ...targets.filter(isLast).toSorted((a, b) => rank(a) - rank(b)),
    ];
  }

  /** Each route once, unless with other keys. */
  distinct(targets: readonly Target[]): readonly Target[] {
    const seen = new Map<Route, readonly Target[]>();
    const kept = targets.filter((target) => {
      const route = this.#route(target);
      const same = seen.get(route);
      if (same?.some(({ keys }) => sameKeys(keys, target.keys)) === true) return false;
      seen.set(route, same === undefined ? [target] : [...same, target]);
      return true;
    });
    return kept.length === targets.length ? targets : kept;
  }

  /**
   * A recovering target that is this request's first try, out of several that a choice is made among: each has its step
   * of the part that would be its own, and at least one attempt a window over the region.
   */
  probe(targets: readonly Target[], partOf: (target: Target) => number): Target | undefined {
    return targets.find((target) => {
      const route = this.#route(target);
      const { health, drawn } = route;
      if (health?.state !== 'recovering' || drawn || this.#context.looksTooLong(target)) return false;
      route.drawn = true;
      const entered = this.#luck(route) < entryChance(health.share * partOf(target), this.#perSecond);
      if (!entered) route.lastResort = 'recovering';
      return entered;
    });
  }

  #route(target: Target): Route {
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    const name = `${target.provider.id}\n${target.model}`;
    let route = this.#routes.get(name);
    if (route === undefined) {
      const health = this.#context.health.route(target.provider.id, target.model);
      route = { name, health, drawn: false, lastResort: undefined };
      this.#routes.set(name, route);
      this.#perSecond += health?.perSecond ?? 0;
    }
    this.#known.set(target, route);
    return route;
  }

  /** A session is let in or not, and stays so until the next step: it does not flip from request to request. */
  #luck({ name }: Route): number {
    return this.#sessionKey === undefined ? this.#random() : unitHash(`${this.#sessionKey}\n${name}\nentry`);
  }

  #lastResort(target: Target, route: Route): LastResort | undefined {
    const { health } = route;
    if (health?.state === 'failed') return 'failed';
    if (this.#context.looksTooLong(target)) return 'window';
    if (this.#context.pausedMs(target) > patienceMs) return 'rate_limited';
    if (health?.state !== 'recovering') return undefined;
    return this.#luck(route) < entryChance(health.share, this.#perSecond) ? undefined : 'recovering';
  }
}

const sameKeys = (some: Target['keys'], others: Target['keys']): boolean =>
  some.length === others.length && some.every((key, index) => key === others[index]);
