import type { Target } from '../domain/decision.ts';
import type { ProviderKey } from '../domain/policy.ts';
import { family } from './family.ts';
import { patienceBeforeModelChangeMs } from './backoff.ts';

/** A provider may ask for an hour; another look after a minute costs one request. */
const longestPauseMs = 60_000;
/** Callers may name any model of an in-house provider: the table must not grow with what they type. */
const mostPauses = 1_000;

/**
 * Keys that a provider's rate limit asked to leave alone, each with the model it was said of, as this process has
 * heard it. A pause puts a key and its target behind the others and excludes nobody: what is only our own note must not
 * make a request fail.
 */
export class KeyPauses {
  readonly #until = new Map<string, number>();

  /** A longer pause is never replaced by a shorter one. */
  pause(target: Target, key: ProviderKey | undefined, retryAfterMs: number, nowMs: number): void {
    const name = nameOf(target, key);
    const untilMs = nowMs + Math.min(retryAfterMs, longestPauseMs);
    const known = this.#until.get(name) ?? 0;
    this.#until.delete(name);
    this.#until.set(name, Math.max(untilMs, known));
    const [oldest] = this.#until.keys();
    if (this.#until.size > mostPauses && oldest !== undefined) this.#until.delete(oldest);
  }

  /** Milliseconds for which the key is still to be left alone; 0: it may be asked. */
  leftMs(target: Target, key: ProviderKey | undefined, nowMs: number): number {
    if (this.#until.size === 0) return 0;
    const name = nameOf(target, key);
    const leftMs = (this.#until.get(name) ?? nowMs) - nowMs;
    if (leftMs > 0) return leftMs;
    this.#until.delete(name);
    return 0;
  }

  /** Of the key of this target that is free first. */
  untilFreeMs(target: Target, nowMs: number): number {
    if (this.#until.size === 0) return 0;
    return Math.min(...keysOf(target).map((key) => this.leftMs(target, key, nowMs)));
  }

  get size(): number {
    return this.#until.size;
  }
}

const nameOf = ({ provider, model }: Target, key: ProviderKey | undefined): string =>
  `${provider.id}\n${key?.id ?? ''}\n${model}`;

const keysOf = ({ keys }: Target): readonly (ProviderKey | undefined)[] =>
  keys.length > 0 ? keys : [undefined];

/** The keys of a target in their order, those that are left alone last; `undefined` where it needs none. */
export function freeKeysFirst(
  target: Target,
  pauses: KeyPauses,
  nowMs: number,
): readonly (ProviderKey | undefined)[] {
  const keys = keysOf(target);
  if (keys.length < 2 || pauses.size === 0) return keys;
  const isFree = (key: ProviderKey | undefined): boolean => pauses.leftMs(target, key, nowMs) === 0;
  return [...keys.filter(isFree), ...keys.filter((key) => !isFree(key))];
}

/**
 * The targets in their order, those whose every key is left alone last. As after the 429 itself, a short wait for the
 * first target is better than an answer of another model.
 */
export function freeTargetsFirst(
  order: readonly Target[],
  pauses: KeyPauses,
  nowMs: number,
): readonly Target[] {
  const [first] = order;
  if (first === undefined || pauses.size === 0) return order;
  const leftMs = (target: Target): number => pauses.untilFreeMs(target, nowMs);
  const free = order.filter((target) => leftMs(target) === 0);
  const waits = leftMs(first);
  const stays = waits > 0 && waits <= patienceBeforeModelChangeMs;
  if (stays && free.every((target) => family(target) !== family(first))) return order;
  return free.length === order.length
    ? order
    : [...free, ...order.filter((target) => !free.includes(target))];
}
