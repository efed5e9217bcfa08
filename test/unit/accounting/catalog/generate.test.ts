import { readFileSync } from 'node:fs';
import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { catalogData, loadCatalog } from '../../../../lib/accounting/catalog.ts';
import { compact, countPairs } from '../../../../lib/accounting/catalog/compact.ts';
import { parseSource, SourceChanged } from '../../../../lib/accounting/catalog/extract.ts';
import { fileText, generate } from '../../../../lib/accounting/catalog/generate.ts';
import { costMicroUsd } from '../../../../lib/accounting/cost.ts';

const committed = await catalogData();

describe('the committed data', () => {
  it('is what the generator makes of the installed source on that day', async () => {
    const file = readFileSync(
      new URL('../../../../lib/accounting/catalog/data.json', import.meta.url),
      'utf8',
    );
    expect(fileText(await generate(committed.asOf)) === file, 'run `npm run catalog`').toBe(true);
  });

  it('holds at least 1,600 (provider, model) pairs in at most 120 KB', () => {
    expect(countPairs(committed)).toBeGreaterThanOrEqual(1600);
    expect(Buffer.byteLength(fileText(committed))).toBeLessThanOrEqual(120_000);
  });

  it("gives every name the source spells out the source's own price", async () => {
    const catalog = loadCatalog(committed);
    const usage = { inputTokens: 1_000_000, outputTokens: 100_000 };
    const different: string[] = [];
    let compared = 0;
    for (const { id: providerId } of parseSource(await waitForUpdate())) {
      // Bedrock and Vertex are named anew (see catalog.test.ts).
      if (providerId === 'aws') continue;
      for (const { model, prices } of catalog.list(providerId)) {
        // DeepSeek's own prices depend on the hour; here they are the day's dearest.
        const hourly = model.startsWith('deepseek-') && ['azure', 'deepseek'].includes(providerId);
        if (hourly || !prices?.input || !prices.output) continue;
        const timestamp = new Date(`${committed.asOf}T12:00:00Z`);
        const theirs = calcPrice({ input_tokens: 1_000_000, output_tokens: 100_000 }, model, {
          providerId,
          timestamp,
        });
        const ours = costMicroUsd(usage, prices);
        compared += 1;
        if (!ours.known || Math.abs(ours.microUsd - (theirs?.total_price ?? NaN) * 1e6) > 1.001)
          different.push(`${providerId}/${model}`);
      }
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(1400);
  });
});

const source = (change: (models: Record<string, unknown>[]) => void): unknown => {
  const models: Record<string, unknown>[] = [
    { id: 'm-1', match: { equals: 'm-1' }, prices: { input_mtok: 1, output_mtok: 2 } },
    { id: 'm-2', match: { or: [{ starts_with: 'm-2' }] }, prices: [{ prices: { input_mtok: 1 } }] },
  ];
  change(models);
  return [{ id: 'maker', name: 'Maker', api_pattern: 'https://maker', models }];
};

const attempt = (data: unknown): unknown => compact('test', parseSource(data), '2026-11-23');

describe('a source that has changed', () => {
  it.each<[string, (models: Record<string, unknown>[]) => void]>([
    ['providers[maker].models[m-1]', (models) => Object.assign(models[0] ?? {}, { variants: [] })],
    [
      'providers[maker].models[m-1].prices',
      (models) => Object.assign(models[0] ?? {}, { prices: { new_mtok: 1 } }),
    ],
    [
      'providers[maker].models[m-1].prices',
      (models) => Object.assign(models[0] ?? {}, { prices: { input_mtok: '1' } }),
    ],
    [
      'providers[maker].models[m-1].prices',
      (models) => Object.assign(models[0] ?? {}, { prices: { input_mtok: -1 } }),
    ],
    [
      'providers[maker].models[m-2].match',
      (models) => Object.assign(models[1] ?? {}, { match: { glob: 'm-*' } }),
    ],
    [
      'providers[maker].models[m-2].match.regex',
      (models) => Object.assign(models[1] ?? {}, { match: { regex: '^(a+)+$' } }),
    ],
    [
      'providers[maker].models[m-2].match.and',
      (models) => Object.assign(models[1] ?? {}, { match: { and: [{ equals: 'a' }] } }),
    ],
    [
      'providers[maker].models[a b]',
      (models) => Object.assign(models[0] ?? {}, { id: 'a b', match: { equals: 'a b' } }),
    ],
    ['providers[maker].models', (models) => models.splice(0)],
  ])('is refused at %s', (path, change) => {
    expect(() => attempt(source(change))).toThrow(SourceChanged);
    expect(() => attempt(source(change))).toThrow(path);
  });

  it('is refused when it is nothing of the kind', () => {
    expect(() => attempt(null)).toThrow(/changed shape at providers: /);
  });

  it('is refused when it lost models', () => {
    expect(() => attempt(source(() => undefined))).toThrow(
      'providers: only 2 (provider, model) pairs, expected at least 1600',
    );
  });
});
