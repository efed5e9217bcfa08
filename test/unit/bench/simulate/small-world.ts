import { run, type RunOptions, type RunResult } from '../../../../bench/simulate/run.ts';
import { summarise, type Figures } from '../../../../bench/simulate/summary.ts';
import type { Arrival } from '../../../../bench/simulate/trace.ts';
import { parseWorld, World } from '../../../../bench/simulate/world.ts';
import { catalogData, loadCatalog } from '../../../../lib/accounting/catalog.ts';
import { hashVirtualKey } from '../../../../lib/identity/virtual-key.ts';
import { parseDocument, type GatewayDocument } from '../../../../lib/policy/document.ts';

/** Monday, midnight, UTC. */
export const startMs = Date.UTC(2026, 2, 2);

/** A document whose key `app` may use these providers, all of which serve model `m`. */
export function documentOf(
  providers: readonly string[],
  key: object = {},
  more: { readonly rules?: readonly object[]; readonly defaults?: object } = {},
): GatewayDocument {
  const parsed = parseDocument(
    {
      providers: Object.fromEntries(
        providers.map((id) => [
          id,
          { type: 'openai-compatible', baseUrl: `https://${id}.example/v1`, keys: [{ id: 'k', env: 'KEY' }] },
        ]),
      ),
      virtualKeys: [
        {
          id: 'app',
          key: 'simulated-app',
          providers: providers.map((provider) => ({ provider, weight: 1, models: ['*'], keys: ['*'] })),
          ...key,
        },
      ],
      models: {
        add: providers.map((id) => ({ model: `${id}/m`, contextTokens: 100_000 })),
        prices: Object.fromEntries(providers.map((id) => [`${id}/m`, { inputPerMTok: 1, outputPerMTok: 2 }])),
      },
      ...more,
    },
    { envSecrets: true, loopbackHttp: true, hashKey: hashVirtualKey },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

export function worldOf(file: object): World {
  const parsed = parseWorld(file);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return new World(parsed.file);
}

/** A model that takes a second to its first token and never fails. */
export const steady = {
  firstToken: { medianMs: 1_000, p99Ms: 1_600 },
  tokensPerSecond: 100,
};

/** Arrivals at equal distances. */
export const arrivalsEvery = (everyMs: number, requests: number): readonly Arrival[] =>
  Array.from({ length: requests }, (_, index) => ({
    atMs: startMs + index * everyMs,
    inputTokens: 200,
    outputTokens: 100,
  }));

export async function runSmall(
  options: Pick<RunOptions, 'document' | 'world' | 'arrivals'> & Partial<RunOptions>,
): Promise<RunResult & { readonly figures: Figures }> {
  const catalog = loadCatalog(await catalogData());
  const result = await run({ catalog, model: 'm', key: 'app', seed: 1, environments: 5, ...options });
  return { ...result, figures: summarise('document', result, options.world.incidents).whole };
}

/** Of the requests that began within each span of this length: the part one provider answered. */
export function shareOverTime({ tally }: RunResult, provider: string, spanS: number): readonly number[] {
  const spans: { all: number; own: number }[] = [];
  for (const outcome of tally.outcomes()) {
    const span = (spans[Math.floor((outcome.startedMs - startMs) / (spanS * 1_000))] ??= { all: 0, own: 0 });
    span.all += 1;
    span.own += Number(outcome.provider === provider);
  }
  return spans.map(({ all, own }) => own / all);
}
