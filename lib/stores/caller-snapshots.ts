import { asObject, parseJson } from '../domain/json.ts';
import type { Caller } from '../domain/policy.ts';
import { hashOfPk, readOwner, retiresAtOf, type Item, type OwnerItem } from './governance-items.ts';

/** Compiles the JSON of a stored key, its team and its customer; throws where it is not one it knows. */
export type CompileCaller = (key: unknown, team: unknown, customer: unknown) => Caller;

/** A virtual key as it is stored, compiled. */
export interface KnownCaller {
  readonly hash: string;
  readonly caller: Caller;
  /** From when on an earlier hash of a rotated key is none any more; absent for the key's own. */
  readonly retiresAtMs?: number;
}

/** An item as last read; the same object as long as its text is the same, so that what was compiled of it stays. */
export interface CachedOwner {
  readonly text: string;
  /** Absent for the pointer. */
  readonly owner?: OwnerItem;
}

export function cachedOwner(item: Item, before: CachedOwner | undefined): CachedOwner {
  const owner = readOwner(item);
  const text = owner === undefined ? '' : [owner.body, owner.team, owner.customer].join('\n');
  return before?.text === text ? before : { text, ...(owner !== undefined && { owner }) };
}

interface Compiled {
  readonly team: CachedOwner | undefined;
  readonly customer: CachedOwner | undefined;
  readonly known: KnownCaller;
}

/** Callers compiled once for as long as their key, team and customer stay as they are. */
export class CallerSnapshots {
  readonly #compile: CompileCaller;
  readonly #compiled = new WeakMap<CachedOwner, Compiled>();

  constructor(compile: CompileCaller) {
    this.#compile = compile;
  }

  /** Throws what the compiler throws. */
  of(key: CachedOwner, team: CachedOwner | undefined, customer: CachedOwner | undefined): KnownCaller {
    const compiled = this.#compiled.get(key);
    if (compiled !== undefined && compiled.team === team && compiled.customer === customer) {
      return compiled.known;
    }
    const stored = jsonOf(key);
    const caller = this.#compile(stored, jsonOf(team), jsonOf(customer));
    const retiresAt = retiresAtOf(asObject(stored));
    const known = {
      hash: hashOfPk(key.owner?.pk ?? ''),
      caller,
      ...(retiresAt !== undefined && { retiresAtMs: Date.parse(retiresAt) }),
    };
    this.#compiled.set(key, { team, customer, known });
    return known;
  }
}

const jsonOf = (item: CachedOwner | undefined): unknown =>
  item?.owner === undefined ? undefined : parseJson(item.owner.body);
