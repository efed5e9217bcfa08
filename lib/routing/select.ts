import type { Random } from '../domain/ports.ts';

/**
 * Weighted choice. Without a session key: one draw over the normalised weights. With one: weighted rendezvous hashing
 * (Thaler and Ravishankar, 1998; weights by -ln(u)/w as in Efraimidis and Spirakis, 2006), so that a conversation
 * stays where it is, without a table, and only the conversations of a target that leaves move.
 */

export interface Weighted<T> {
  readonly item: T;
  /** Stable name of the item, for the hash. */
  readonly id: string;
  /** Absent: usable when named, never picked. 0: fallback only. */
  readonly weight: number | undefined;
}

/**
 * The items in the order they are tried: first the picked one, then the rest of those with weight, heaviest first,
 * then those with weight 0 in the order given. Items without a weight stay out, unless none has one: then all count 1.
 */
export function orderByWeight<T>(
  items: readonly Weighted<T>[],
  random: Random,
  sessionKey: string | undefined,
): readonly T[] {
  const level = items.every((entry) => entry.weight === undefined);
  const usable = level ? items.map((entry) => ({ ...entry, weight: 1 })) : items.filter(hasWeight);
  const first = pick(
    usable.filter((entry) => entry.weight > 0),
    random,
    sessionKey,
  );
  const rest = usable.filter((entry) => entry !== first).toSorted((a, b) => b.weight - a.weight);
  return (first === undefined ? rest : [first, ...rest]).map((entry) => entry.item);
}

type Positive<T> = Weighted<T> & { readonly weight: number };

const hasWeight = <T>(entry: Weighted<T>): entry is Positive<T> => entry.weight !== undefined;

function pick<T>(
  entries: readonly Positive<T>[],
  random: Random,
  sessionKey: string | undefined,
): Positive<T> | undefined {
  return sessionKey === undefined ? draw(entries, random) : rendezvous(entries, sessionKey);
}

function draw<T>(entries: readonly Positive<T>[], random: Random): Positive<T> | undefined {
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  let left = random() * total;
  for (const entry of entries) {
    left -= entry.weight;
    if (left < 0) return entry;
  }
  // Rounding can leave a hair over after the last subtraction.
  return entries.at(-1);
}

function rendezvous<T>(entries: readonly Positive<T>[], sessionKey: string): Positive<T> | undefined {
  let best: Positive<T> | undefined;
  let bestScore = Infinity;
  for (const entry of entries) {
    const score = -Math.log(unitHash(`${sessionKey}\n${entry.id}`)) / entry.weight;
    if (score < bestScore) [best, bestScore] = [entry, score];
  }
  return best;
}

/** A number in (0, 1) from a string: FNV-1a, finished by MurmurHash3's mixer, whose output passes avalanche tests. */
export function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}
