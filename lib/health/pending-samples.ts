import type { AttemptSample } from '../domain/health.ts';
import type { WindowCounts } from '../domain/health-store.ts';
import { countsOf, windowStartMs } from './windows.ts';

/** Requests are settled long before; what is more is lost rather than kept for ever. */
const maxSubjects = 10_000;

/** What was noted and not yet left for the region, by subject. */
export class PendingSamples {
  #counts = new Map<string, Record<string, number>>();

  add(sample: AttemptSample, weight: number): void {
    for (const { subject, counts } of countsOf(sample, weight)) {
      const known = this.#counts.get(subject);
      if (known === undefined && this.#counts.size >= maxSubjects) continue;
      const sum = known ?? {};
      if (known === undefined) this.#counts.set(subject, sum);
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
    }
  }

  /**
   * Everything, into the window of now. Not of when it was noted: an attempt that failed is left when its request is
   * settled, half a minute later where the fallback took that long, and the window of then has long been read.
   */
  take(nowMs: number): readonly WindowCounts[] {
    if (this.#counts.size === 0) return [];
    const startMs = windowStartMs(nowMs);
    const taken = [...this.#counts].map(([subject, counts]) => ({ startMs, subject, counts }));
    this.#counts = new Map();
    return taken;
  }
}
