import {
  worldSchema,
  type Incident,
  type ModelEntry,
  type PricesEntry,
  type WorldFile,
} from './world-schema.ts';

export type { Incident } from './world-schema.ts';

/** What is not as usual at one place at one moment; every field as it stands when nothing is wrong. */
export interface Conditions {
  /** How many times as long everything takes. */
  readonly latency: number;
  /** Instead of the model's own. */
  readonly errorRate?: number;
  /** The part of the limits that is left. */
  readonly limits: number;
  readonly outage?: 'refused' | '503' | 'silent';
}

/** One model at one provider. */
export interface Place {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly zones: readonly string[];
  readonly behaviour: ModelEntry;
  conditions(sinceStartMs: number): Conditions;
}

/** A price that holds for a while (or, without an end, always) instead of what documents say. */
export interface PriceSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly provider: string;
  readonly model: string;
  readonly prices: PricesEntry;
}

const usual: Conditions = { latency: 1, limits: 1 };
const anything = '*';

/** The providers of a run and what befalls them. */
export class World {
  readonly #file: WorldFile;
  readonly #places = new Map<string, Place>();

  constructor(file: WorldFile) {
    this.#file = file;
  }

  get regions(): ReadonlyMap<string, readonly string[]> {
    return new Map(Object.entries(this.#file.regions).map(([region, { zones }]) => [region, zones]));
  }

  get incidents(): readonly Incident[] {
    return this.#file.incidents;
  }

  /** Whether an answer to this virtual key may come from there. */
  isLawful(key: string, place: Pick<Place, 'zones'>): boolean {
    const allowed = Object.hasOwn(this.#file.residency, key) ? this.#file.residency[key] : undefined;
    return (
      allowed === undefined || (place.zones.length > 0 && place.zones.every((zone) => allowed.includes(zone)))
    );
  }

  /** Undefined: the world does not say what this model does there. "*" stands for every name. */
  place(provider: string, model: string): Place | undefined {
    const key = `${provider}\n${model}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const entry = own(this.#file.providers, provider) ?? own(this.#file.providers, anything);
    const behaviour = entry && (own(entry.models, model) ?? own(entry.models, anything));
    if (entry === undefined || behaviour === undefined) return undefined;
    const incidents = this.#file.incidents.filter((each) => befalls(each, provider, model, entry.region));
    const made: Place = {
      name: `${provider}/${model}`,
      provider,
      model,
      zones: entry.zones,
      behaviour,
      conditions: (sinceStartMs) => conditionsAt(incidents, sinceStartMs),
    };
    this.#places.set(key, made);
    return made;
  }

  /** In the order in which later ones replace earlier ones. */
  get prices(): readonly PriceSpan[] {
    const always = Object.entries(this.#file.providers).flatMap(([provider, { models }]) =>
      Object.entries(models).flatMap(([model, { prices }]) =>
        prices === undefined ? [] : [{ fromMs: -Infinity, toMs: Infinity, provider, model, prices }],
      ),
    );
    const changed = this.#file.incidents.flatMap(({ from, to, provider, model = anything, prices }) =>
      prices === undefined || provider === undefined
        ? []
        : [{ fromMs: from, toMs: to, provider, model, prices }],
    );
    return [...always, ...changed];
  }
}

function befalls(incident: Incident, provider: string, model: string, region: string | undefined): boolean {
  const { provider: at = anything, model: of = anything, region: within = anything } = incident;
  return (
    (at === anything || at === provider) &&
    (of === anything || of === model) &&
    (within === anything || within === region)
  );
}

function conditionsAt(incidents: readonly Incident[], sinceStartMs: number): Conditions {
  let conditions = usual;
  for (const { from, to, latency = 1, errorRate, limits = 1, outage } of incidents) {
    if (sinceStartMs < from || sinceStartMs >= to) continue;
    conditions = {
      ...conditions,
      latency: conditions.latency * latency,
      limits: conditions.limits * limits,
      ...(errorRate !== undefined && { errorRate }),
      ...(outage !== undefined && { outage }),
    };
  }
  return conditions;
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export type ParsedWorld =
  | { readonly ok: true; readonly file: WorldFile }
  /** One line each: where, and what it must be. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a world file, already parsed from YAML or JSON. Never throws. */
export function parseWorld(value: unknown): ParsedWorld {
  const parsed = worldSchema.safeParse(value);
  if (parsed.success) return { ok: true, file: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(world)'}: ${message}`),
  };
}
