import type { HealthStore, StoredSnapshot, WindowCounts } from '../../lib/domain/health-store.ts';
import type { KeyRest } from '../../lib/domain/key-rest.ts';

/** A region's health table in memory: it answers at once, and never fails. */
export class MemoryHealthStore implements HealthStore {
  readonly #windows = new Map<number, Map<string, Record<string, number>>>();
  readonly #rests = new Map<string, KeyRest>();
  #snapshot: Omit<StoredSnapshot, 'rests'> | undefined;
  #claim = { untilMs: -Infinity, lapsesAtMs: -Infinity };

  add({ startMs, subject, counts }: WindowCounts): void {
    const window = this.#windows.get(startMs) ?? new Map<string, Record<string, number>>();
    this.#windows.set(startMs, window);
    const sums = window.get(subject) ?? {};
    window.set(subject, sums);
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }

  /** Notes that a key rests, for the whole region. */
  rest(rest: KeyRest): void {
    this.#rests.set(`${rest.provider}\n${rest.key}\n${rest.model ?? ''}`, rest);
  }

  async read(): Promise<StoredSnapshot | undefined> {
    return this.#snapshot && { ...this.#snapshot, rests: [...this.#rests.values()] };
  }

  latest(): Promise<StoredSnapshot | undefined> {
    return this.read();
  }

  async claim(untilMs: number, nowMs: number, lapsesAfterMs: number): Promise<boolean> {
    const { untilMs: claimedMs, lapsesAtMs } = this.#claim;
    if (claimedMs >= untilMs && (claimedMs > untilMs || lapsesAtMs > nowMs)) return false;
    this.#claim = { untilMs, lapsesAtMs: nowMs + lapsesAfterMs };
    return true;
  }

  async windows(fromMs: number, untilMs: number): Promise<readonly WindowCounts[]> {
    return [...this.#windows]
      .filter(([startMs]) => startMs >= fromMs && startMs < untilMs)
      .flatMap(([startMs, window]) =>
        [...window].map(([subject, counts]) => ({ startMs, subject, counts: { ...counts } })),
      );
  }

  async publish(snapshot: Omit<StoredSnapshot, 'rests'>): Promise<void> {
    if (snapshot.untilMs <= (this.#snapshot?.untilMs ?? -Infinity)) return;
    this.#snapshot = snapshot;
    for (const startMs of this.#windows.keys()) {
      if (startMs < snapshot.untilMs) this.#windows.delete(startMs);
    }
    for (const [name, { untilMs }] of this.#rests) {
      if (untilMs <= snapshot.untilMs) this.#rests.delete(name);
    }
  }

  async settle(): Promise<void> {}
}
