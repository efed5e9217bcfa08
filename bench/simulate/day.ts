import type { GatewayDocument } from '../../lib/policy/document.ts';
import { mapPolicyQuotas, mapScopeQuotas, type MapQuotas } from '../../lib/domain/quota-owners.ts';
import { logNormal, normal, streamOf } from './random.ts';
import type { Arrival } from './trace.ts';
import type { WorldFile } from './world-schema.ts';

/** The shipped day: a Monday from midnight, UTC, with people at work. */
const startMs = Date.UTC(2026, 2, 2);
const dayMs = 86_400_000;
const minutes = 1_440;

/** Requests of the day its world and its documents are written for. */
export const plannedRequests = 100_000;

/** Of the day's requests: those of the key that demands a zone. */
const clinicShare = 0.2;

/** How busy a minute is, on average 1: quietest at 3, busiest at 15 o'clock. */
const busyness = (minute: number): number => 1 - 0.7 * Math.cos((2 * Math.PI * (minute - 3 * 60)) / minutes);

/**
 * So many arrivals of a day, in order: a Poisson process of that busyness, given its number. Prompts and answers are
 * log-normal, of the size of chat traffic with a long tail.
 */
export function* dayArrivals(requests: number, seed: number): Generator<Arrival> {
  const gap = (random: () => number): number => -Math.log(1 - random());
  // Twice the same stream: gaps can be scaled to the day only when their sum is known.
  let total = 0;
  const first = streamOf(seed, 1);
  for (let index = 0; index <= requests; index += 1) total += gap(first);
  const busyUntil = [0];
  for (let minute = 0; minute < minutes; minute += 1)
    busyUntil.push((busyUntil[minute] ?? 0) + busyness(minute));
  const busyTotal = busyUntil[minutes] ?? 1;

  const [gaps, sizes] = [streamOf(seed, 1), streamOf(seed, 2)];
  let sum = 0;
  let minute = 0;
  for (let index = 0; index < requests; index += 1) {
    sum += gap(gaps);
    const busy = (sum / total) * busyTotal;
    while (minute < minutes - 1 && (busyUntil[minute + 1] ?? 0) <= busy) minute += 1;
    const before = busyUntil[minute] ?? 0;
    const into = (busy - before) / ((busyUntil[minute + 1] ?? before + 1) - before);
    yield {
      atMs: startMs + Math.floor(((minute + into) / minutes) * dayMs),
      inputTokens: tokens(900, 9_000, normal(sizes)),
      outputTokens: tokens(180, 1_500, normal(sizes)),
      key: sizes() < clinicShare ? 'clinic' : 'app',
    };
  }
}

const tokens = (median: number, p99: number, deviations: number): number =>
  Math.min(100_000, Math.max(1, Math.round(logNormal(median, p99, deviations))));

/** The world of a day with `scale` times as many requests: what providers can take grows with them. */
export const scaledWorld = (world: WorldFile, scale: number): WorldFile => ({
  ...world,
  providers: Object.fromEntries(
    Object.entries(world.providers).map(([id, provider]) => [
      id,
      {
        ...provider,
        models: Object.fromEntries(
          Object.entries(provider.models).map(([name, model]) => [
            name,
            {
              ...model,
              ...(model.limits && {
                limits: {
                  requestsPerMinute: times(model.limits.requestsPerMinute, scale),
                  tokensPerMinute: times(model.limits.tokensPerMinute, scale),
                },
              }),
              ...(model.doublesAtRequests !== undefined && {
                doublesAtRequests: model.doublesAtRequests * scale,
              }),
            },
          ]),
        ),
      },
    ]),
  ),
});

const times = (value: number | undefined, scale: number): number | undefined =>
  value === undefined ? undefined : value * scale;

/** The document of a day with `scale` times as many requests: budgets and rate limits grow with them. */
export function scaledDocument(document: GatewayDocument, scale: number): GatewayDocument {
  const atLeastOne = (limit: number | undefined) =>
    limit === undefined ? undefined : Math.max(1, Math.round(limit * scale));
  const map: MapQuotas = (_owner, entry) => ({
    ...entry,
    ...(entry.budgets && {
      budgets: entry.budgets.map((each) => ({
        ...each,
        limitUsd: Number((each.limitUsd * scale).toFixed(6)),
      })),
    }),
    ...(entry.rateLimits && {
      rateLimits: entry.rateLimits.map((each) => ({
        ...each,
        requests: atLeastOne(each.requests),
        tokens: atLeastOne(each.tokens),
      })),
    }),
  });
  const { customers, teams, virtualKeys } = document;
  return {
    ...mapPolicyQuotas(document, map),
    ...(customers && { customers: customers.map((each) => mapScopeQuotas('customer', each, map)) }),
    ...(teams && { teams: teams.map((each) => mapScopeQuotas('team', each, map)) }),
    ...(virtualKeys && { virtualKeys: virtualKeys.map((each) => mapScopeQuotas('virtual_key', each, map)) }),
  };
}
