import type { Target } from '../domain/decision.ts';
import type { HealthView } from '../domain/health.ts';
import { asArray, isObject } from '../domain/json.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import { family } from './family.ts';
import { roughInputTokens } from './samples.ts';

/**
 * Hedges are capped per route, so that a slow provider does not double everybody's bill: one request in twenty, ten
 * to begin with (J. Dean and L. Barroso, "The Tail at Scale", CACM 56(2), 2013, keep theirs under five per cent too).
 */
export class HedgeBudget {
  readonly #routes = new Map<string, { requests: number; hedges: number }>();

  /** Counts a request on its way to `target`. */
  count(target: Target): void {
    this.#route(target).requests += 1;
  }

  /** Whether one more request to `target` may be hedged now; counts it if so. */
  take(target: Target): boolean {
    const route = this.#route(target);
    if (route.hedges >= 10 + route.requests / 20) return false;
    route.hedges += 1;
    return true;
  }

  #route(target: Target): { requests: number; hedges: number } {
    const name = `${target.provider.id}\n${target.model}`;
    const known = this.#routes.get(name) ?? { requests: 0, hedges: 0 };
    // Callers may name any model of an in-house provider: the table must not grow with what they type.
    if (this.#routes.size >= 10_000 && !this.#routes.has(name)) this.#routes.clear();
    this.#routes.set(name, known);
    return known;
  }
}

/** A second copy of a request is harmless only if nothing but its answer comes of it: no server tools, no stored state. */
function mayHedge(request: ClientRequest): boolean {
  const { json } = request;
  if (request.operation === 'embeddings' || (!request.stream && request.operation !== 'chat')) return false;
  if (request.operation === 'responses' && json['store'] !== false) return false;
  if (json['store'] === true || json['background'] === true || json['previous_response_id'] !== undefined)
    return false;
  if (json['web_search_options'] !== undefined) return false;
  return asArray(json['tools']).every((tool) => isObject(tool) && tool['type'] === 'function');
}

/** Models that think before they speak, by the beginning of their family name; the request may ask for it too. */
const reasoningFamilies = [
  'o1',
  'o3',
  'o4',
  'gpt-5',
  'deepseek-r',
  'deepseek-reasoner',
  'gemini-2.5-pro',
  'gemini-3',
  'magistral',
  'grok-4',
  'gpt-oss',
  'qwq',
  'kimi-k2-thinking',
];

/**
 * How long a target may be silent before the next one is started too, in milliseconds; undefined: it is never.
 *
 * A stream: `hedgeAfterMs`, six times that where the model reasons, or the route's live p99 if longer. A whole reply is
 * silent until it is there, however healthy its route: only what is longer than 99 in 100 of them is slow, and while
 * nobody knows how long that is, none is.
 */
export function hedgeDelayMs(request: ClientRequest, target: Target, health: HealthView): number | undefined {
  if (!mayHedge(request)) return undefined;
  const { stream } = request;
  const p99Ms = health
    .route(target.provider.id, target.model)
    ?.p99Ms({ inputTokens: roughInputTokens(request), stream });
  const { hedgeAfterMs } = target.settings;
  if (!stream) return p99Ms === undefined ? undefined : Math.max(p99Ms, hedgeAfterMs);
  return Math.max(p99Ms ?? 0, hedgeAfterMs * (reasons(request, target) ? 6 : 1));
}

function reasons({ json }: ClientRequest, target: Target): boolean {
  const asked = ['reasoning', 'reasoning_effort', 'thinking'].some(
    (name) => json[name] !== undefined && json[name] !== 'none',
  );
  return asked || reasoningFamilies.some((prefix) => family(target).startsWith(prefix));
}
