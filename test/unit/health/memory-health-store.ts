import type { HealthStore, StoredSnapshot, WindowCounts } from '../../../lib/domain/health-store.ts';

/** The port as its contract says it, shared by all processes of a simulated region. Faults are switched on by name. */
export class MemoryHealthStore implements HealthStore {
  readonly #windows = new Map<string, { startMs: number; subject: string; counts: Record<string, number> }>();
  #claimedUntilMs = 0;
  #claimLapsesMs = 0;
  snapshot: StoredSnapshot | undefined;
  readonly failing = new Set<'read' | 'latest' | 'claim' | 'windows' | 'publish'>();
  readonly added: WindowCounts[] = [];
  readonly calls: string[] = [];

  add(window: WindowCounts): void {
    this.added.push(window);
    const name = `${window.startMs} ${window.subject}`;
    const known = this.#windows.get(name) ?? { ...window, counts: {} };
    this.#windows.set(name, known);
    for (const [counter, count] of Object.entries(window.counts)) {
      known.counts[counter] = (known.counts[counter] ?? 0) + count;
    }
  }

  async read(): Promise<StoredSnapshot | undefined> {
    await this.#call('read');
    return this.snapshot;
  }

  async latest(): Promise<StoredSnapshot | undefined> {
    await this.#call('latest');
    return this.snapshot;
  }

  async claim(untilMs: number, nowMs: number, lapsesAfterMs: number): Promise<boolean> {
    await this.#call('claim');
    const lapsed = untilMs === this.#claimedUntilMs && this.#claimLapsesMs < nowMs;
    if (untilMs <= this.#claimedUntilMs && !lapsed) return false;
    this.#claimedUntilMs = untilMs;
    this.#claimLapsesMs = nowMs + lapsesAfterMs;
    return true;
  }

  async windows(fromMs: number, untilMs: number): Promise<readonly WindowCounts[]> {
    await this.#call('windows');
    return [...this.#windows.values()].filter(({ startMs }) => startMs >= fromMs && startMs < untilMs);
  }

  async publish(snapshot: Omit<StoredSnapshot, 'rests'>): Promise<void> {
    await this.#call('publish');
    if ((this.snapshot?.untilMs ?? 0) < snapshot.untilMs) this.snapshot = { ...snapshot, rests: [] };
  }

  async settle(): Promise<void> {}

  async #call(name: 'read' | 'latest' | 'claim' | 'windows' | 'publish'): Promise<void> {
    this.calls.push(name);
    await Promise.resolve();
    if (this.failing.has(name))
      throw Object.assign(new Error('https://host.internal'), { name: 'Throttled' });
  }
}
