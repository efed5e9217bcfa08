import type { AttemptSample, HealthPort, RouteHealth } from '../domain/health.ts';
import type { HealthStore } from '../domain/health-store.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import type { Clock, Random } from '../domain/ports.ts';
import { OwnCircuits } from './breaker.ts';
import type { HealthTable } from './health-table.ts';
import { HeldSnapshot } from './held-snapshot.ts';
import { Outages } from './outages.ts';
import { PendingSamples } from './pending-samples.ts';
import { OwnRates, weightOf } from './sampling.ts';
import { routeSubject } from './subject.ts';
import { dueUntilMs, succeed } from './succession.ts';
import { routeOutcome } from './windows.ts';

export interface LiveHealthPorts {
  readonly store: HealthStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears one line for each outage of the store. */
  readonly onProblem?: (line: string) => void;
  /** Hears of the keys that rest whenever a snapshot has been read. */
  readonly onRests?: (rests: readonly KeyRest[]) => void;
  /** Hears of every snapshot this process has made: routes that are not healthy, by state. */
  readonly onMade?: (states: HealthTable['states']) => void;
}

/** Functions that try for the next snapshot, a second, over the whole region. */
const triesPerSecond = 10;

/**
 * Live health as one process knows it: the region's last snapshot, and its own circuits, which act at once. What it
 * notes it leaves for the region when the request is settled; which process makes the next snapshot is a matter of
 * who comes by.
 */
export class LiveHealth implements HealthPort {
  readonly #store: HealthStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #held: HeldSnapshot;
  readonly #outages: Outages;
  readonly #circuits = new OwnCircuits();
  readonly #rates = new OwnRates();
  readonly #pending = new PendingSamples();
  readonly #onMade: (states: HealthTable['states']) => void;
  #triedUntilMs = 0;

  constructor({ store, clock, random, onProblem, onRests, onMade }: LiveHealthPorts) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#onMade = onMade ?? (() => undefined);
    this.#outages = new Outages(onProblem ?? (() => undefined));
    this.#held = new HeldSnapshot(store, clock, this.#outages, onRests ?? (() => undefined));
  }

  /** The worse of what the region and this process know. */
  route(provider: string, model: string): RouteHealth | undefined {
    const known = this.#held.table?.route(provider, model);
    return this.#circuits.allClosed
      ? known
      : this.#circuits.worse(known, routeSubject(provider, model), this.#clock.nowMs());
  }

  key(provider: string, model: string, key: string): RouteHealth | undefined {
    return this.#held.table?.key(provider, model, key);
  }

  note(sample: AttemptSample): void {
    const nowMs = this.#clock.nowMs();
    const subject = routeSubject(sample.provider, sample.model);
    const ownPerSecond = this.#rates.count(subject, nowMs);
    const perSecond = this.#held.table?.route(sample.provider, sample.model)?.perSecond ?? 0;
    const opened = this.#circuits.perSecondWhenOpened(subject);
    // Open circuits leave few attempts, about one a second of each process like this one: more of them are written.
    const weight = weightOf(opened === undefined ? Math.max(ownPerSecond, perSecond) : perSecond / opened);
    this.#circuits.note(subject, routeOutcome(sample), nowMs, ownPerSecond);
    if (this.#random() * weight < 1) this.#pending.add(sample, weight);
  }

  /**
   * Before a decision: a promise only if the snapshot is too old to decide by. It resolves when the store has been
   * asked once, with whatever result, and never rejects: unknown health is safe.
   */
  ready(): Promise<void> | undefined {
    return this.#held.ready();
  }

  /** Of the snapshot decisions are made by; undefined where there is none, as after an hour without traffic. */
  snapshotAgeMs(): number | undefined {
    return this.#held.table === undefined ? undefined : this.#clock.nowMs() - this.#held.untilMs;
  }

  /** After the last byte: leaves the samples, makes the next snapshot if it is due. Never rejects. */
  async settle(): Promise<void> {
    for (const window of this.#pending.take(this.#clock.nowMs())) this.#store.add(window);
    await this.#succeedIfDue();
    await this.#held.reading;
    await this.#store.settle();
  }

  async #succeedIfDue(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const untilMs = dueUntilMs(nowMs);
    if (this.#held.untilMs >= untilMs || this.#triedUntilMs >= untilMs) return;
    if (this.#random() * (this.#held.table?.perSecond ?? 0) >= triesPerSecond) return;
    this.#triedUntilMs = untilMs;
    const made = await this.#outages.watch('the next health snapshot cannot be made', () =>
      succeed(this.#store, untilMs, nowMs),
    );
    if (made === undefined) return;
    this.#held.take(made);
    if (this.#held.table !== undefined) this.#onMade(this.#held.table.states);
  }
}
