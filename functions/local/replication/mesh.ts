import type { Clock, Random } from '../../../lib/domain/ports.ts';
import { Link } from './link.ts';
import type { Replica, ReplicatedWrite } from './replica.ts';

/** How late a write arrives, in milliseconds: always the same, or drawn anew for each write and region. */
export type ReplicationLag = number | { readonly fromMs: number; readonly toMs: number };

export interface MeshOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly lag: ReplicationLag;
  /** A write another region could not take: a defect, the regions differ from now on. */
  readonly onFailure: (record: object) => void;
}

/** A link from every region to every other. */
export class Mesh {
  readonly #links: readonly { readonly from: string; readonly to: Replica; readonly link: Link }[];
  readonly #cuts = new Set<string>();
  readonly #random: Random;
  #lag: ReplicationLag;

  constructor(replicas: readonly Replica[], { clock, random, lag, onFailure }: MeshOptions) {
    this.#random = random;
    this.#lag = lag;
    this.#links = replicas.flatMap(({ region: from }) =>
      replicas
        .filter(({ region }) => region !== from)
        .map((to) => {
          const link = new Link({
            clock,
            apply: (write) => to.apply(write),
            onFailure: (write, error) => onFailure(failureRecord(from, to.region, write, error)),
          });
          return { from, to, link };
        }),
    );
  }

  get pending(): number {
    return this.#links.reduce((sum, { link }) => sum + link.pending, 0);
  }

  /** Sends a write of `region` to all others. */
  spread(region: string, write: ReplicatedWrite): void {
    for (const { from, link } of this.#links) if (from === region) link.send(write, this.#drawLagMs());
  }

  /** Sends what `region` has to those that do not have it. */
  catchUp(region: string, write: ReplicatedWrite): void {
    for (const { from, to, link } of this.#links) {
      if (from === region && to.lacks(write)) link.send(write, this.#drawLagMs());
    }
  }

  setLag(lag: ReplicationLag): void {
    this.#lag = lag;
  }

  /** Whether a client in one region can reach the other. */
  areJoined(one: string, other: string): boolean {
    return !this.#cuts.has(pair(one, other));
  }

  cut(one: string, other: string): void {
    this.#cuts.add(pair(one, other));
    for (const { from, to, link } of this.#links) if (!this.areJoined(from, to.region)) link.cut();
  }

  heal(): void {
    this.#cuts.clear();
    for (const { link } of this.#links) link.mend();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#links.map(({ link }) => link.drain()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map(({ link }) => link.close()));
  }

  #drawLagMs(): number {
    if (typeof this.#lag === 'number') return this.#lag;
    const { fromMs, toMs } = this.#lag;
    return fromMs + Math.floor(this.#random() * (toMs - fromMs + 1));
  }
}

const pair = (one: string, other: string): string => [one, other].toSorted().join(' ');

const failureRecord = (from: string, to: string, { item }: ReplicatedWrite, error: unknown): object => ({
  event: 'replication_failed',
  from,
  to,
  table: item.table,
  error: error instanceof Error ? error.message : 'unknown error',
});
