import { asArray, asString, parseJson } from '../domain/json.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import { sortable } from './health-items.ts';

/** How resting provider keys look in the health table; see schema.ts for their keys. */

export const restsPk = 'key-rests';

/** Functions that are refused the same key at about the same time write one item. */
const endsEveryMs = 5_000;
/** A rest that would end later was written by no gateway with a right clock, and must not put a key away. */
const longestMs = 3_600_000;

/**
 * `<end, 13 digits>#[provider, key, model]`, the end rounded up. It stands first so that what is over is never read,
 * however many models callers have named; the names are JSON, since they may hold any character.
 */
export function restKey({ provider, key, model, untilMs }: KeyRest): string {
  const names = model === undefined ? [provider, key] : [provider, key, model];
  return `${sortable(Math.ceil(untilMs / endsEveryMs) * endsEveryMs)}#${JSON.stringify(names)}`;
}

const shape = /^(\d{13})#(.*)$/s;

/** Undefined: it is none, is over, or would last longer than any does. */
export function restOf(text: string | undefined, nowMs: number): KeyRest | undefined {
  const [, end, names = ''] = shape.exec(text ?? '') ?? [];
  const untilMs = Number(end);
  // Not so either for what is no number.
  if (!(untilMs > nowMs && untilMs <= nowMs + longestMs)) return undefined;
  const parts = asArray(parseJson(names));
  const [provider, key, model] = parts.map(asString);
  if (provider === undefined || key === undefined || parts.length > 3) return undefined;
  if (model !== undefined) return { provider, key, model, untilMs };
  // What names a model by something else is no rest of the whole key.
  return parts.length === 2 ? { provider, key, untilMs } : undefined;
}

/** Each key, or key with a model, once, with the rest that lasts longest; whole keys first. */
export function longestRests(rests: readonly KeyRest[]): readonly KeyRest[] {
  const longest = new Map<string, KeyRest>();
  for (const rest of rests) {
    const name = JSON.stringify([rest.provider, rest.key, rest.model]);
    const known = longest.get(name);
    if (known === undefined || known.untilMs < rest.untilMs) longest.set(name, rest);
  }
  const models = ({ model }: KeyRest): number => (model === undefined ? 0 : 1);
  return [...longest.values()].sort((a, b) => models(a) - models(b) || b.untilMs - a.untilMs);
}
