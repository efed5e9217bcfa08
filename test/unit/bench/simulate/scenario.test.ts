import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dayArrivals } from '../../../../bench/simulate/day.ts';
import { parseOptions, type Options } from '../../../../bench/simulate/options.ts';
import { InvalidRun } from '../../../../bench/simulate/run.ts';
import { scenarioOf } from '../../../../bench/simulate/scenario.ts';
import type { Arrival } from '../../../../bench/simulate/trace.ts';

function optionsOf(...args: readonly string[]): Options {
  const parsed = parseOptions(args);
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function all(arrivals: AsyncIterable<Arrival> | Iterable<Arrival>): Promise<readonly Arrival[]> {
  const found: Arrival[] = [];
  for await (const arrival of arrivals) found.push(arrival);
  return found;
}

describe('the command line', () => {
  it('without flags asks for the shipped day', () => {
    expect(optionsOf()).toEqual({ documents: [], requests: 40_000, seed: 1, environments: 20, json: false });
  });

  it.each([
    [['--requests', '0'], '--requests must be a whole number from 1 to 100000000, received "0"'],
    [['--seed', 'x'], '--seed must be a whole number from 0 to 4294967295, received "x"'],
    [['--trace', 'a.csv', '--requests', '5'], '--requests is for the synthetic day'],
    [['--model', ''], '--model needs a value'],
    [['--documnet', 'x'], 'documnet'],
  ])('%j is refused', (args, message) => {
    const parsed = parseOptions(args);
    expect(parsed.kind === 'wrong' ? parsed.message : '').toContain(message);
  });
});

describe('the shipped day', () => {
  const { contestants, world } = scenarioOf(optionsOf('--requests', '1000'));

  it('compares five documents that pass the document check, over four incidents', () => {
    expect(contestants.map(({ name }) => name)).toEqual([
      '1-single',
      '2-weighted',
      '3-adaptive',
      '4-cheapest',
      '5-together',
    ]);
    expect(world.incidents).toHaveLength(4);
  });

  it('knows every model its documents name', () => {
    for (const { document } of contestants) {
      for (const { model } of document.models?.add ?? []) {
        const [provider = '', name = ''] = model.split('/');
        expect(world.place(provider, name), model).toBeDefined();
      }
    }
  });

  it('scales budgets and limits with its requests', () => {
    const budgetOf = (requests: number): number | undefined =>
      scenarioOf(optionsOf('--requests', String(requests))).contestants.at(-1)?.document.virtualKeys?.[0]
        ?.budgets?.[0]?.limitUsd;
    const limitOf = (requests: number): number | undefined =>
      scenarioOf(optionsOf('--requests', String(requests))).world.place('borealis', 'chat-large')?.behaviour
        .limits?.requestsPerMinute;
    expect(budgetOf(200_000)).toBeCloseTo(2 * (budgetOf(100_000) ?? Number.NaN), 3);
    expect(limitOf(200_000)).toBe(2 * (limitOf(100_000) ?? Number.NaN));
  });

  it('has exactly so many arrivals, in order, within 24 hours, the same for the same seed', () => {
    const day = [...dayArrivals(5_000, 3)];
    expect(day).toHaveLength(5_000);
    expect(day).toEqual(day.toSorted((a, b) => a.atMs - b.atMs));
    const startMs = Date.UTC(2026, 2, 2);
    expect(day[0]?.atMs).toBeGreaterThanOrEqual(startMs);
    expect(day.at(-1)?.atMs).toBeLessThan(startMs + 86_400_000);
    expect([...dayArrivals(5_000, 3)]).toEqual(day);
    expect([...dayArrivals(5_000, 4)]).not.toEqual(day);
    const within = (fromH: number, toH: number): number =>
      day.filter(({ atMs }) => atMs >= startMs + fromH * 3_600_000 && atMs < startMs + toH * 3_600_000)
        .length;
    // 1.69 and 0.31 times the average of 208 an hour.
    expect(within(14, 16) / 2).toBeGreaterThan(300);
    expect(within(2, 4) / 2).toBeLessThan(100);
  });
});

describe('a scenario of one’s own', () => {
  const document = `
providers:
  mine: { type: openai-compatible, baseUrl: 'https://mine.example/v1', keys: [{ id: a, secret: s }] }
models: { add: [{ model: mine/m, contextTokens: 1000 }] }
`;

  it('runs a document without virtual keys on a trace', async () => {
    const trace = file('trace.csv', 'TIMESTAMP,ContextTokens,GeneratedTokens\n1,10,20\n');
    const path = file('gateway.yaml', document);
    const { contestants, arrivals, world } = scenarioOf(optionsOf('--document', path, '--trace', trace));
    expect(contestants).toMatchObject([{ name: path, key: 'local', model: 'mine/m' }]);
    expect(await all(arrivals())).toMatchObject([{ inputTokens: 10, outputTokens: 20 }]);
    expect(await all(arrivals())).toHaveLength(1);
    expect(world.place('mine', 'm')).toBeDefined();
  });

  it('takes the arrivals of the day without its virtual keys', async () => {
    const { arrivals } = scenarioOf(optionsOf('--document', file('g.yaml', document), '--requests', '3'));
    expect((await all(arrivals())).map((arrival) => 'key' in arrival)).toEqual([false, false, false]);
  });

  it.each([
    ['that is not there', () => '/nowhere/g.yaml', 'does not exist'],
    ['with a problem', () => file('g.yaml', 'providers: { x: { type: nonsense } }'), 'providers.x.type'],
  ])('refuses a document %s', (_what, path, message) => {
    expect(() => scenarioOf(optionsOf('--document', path()))).toThrow(message);
  });

  it('refuses a virtual key that the document has not, and a world that is none', () => {
    const path = file('g.yaml', document);
    expect(() => scenarioOf(optionsOf('--document', path, '--key', 'other'))).toThrow(
      'no virtual key "other"',
    );
    const world = file('w.yaml', 'providers: 1');
    expect(() => scenarioOf(optionsOf('--document', path, '--world', world))).toThrow('providers:');
  });

  it('names the file of a trace that cannot be read', async () => {
    const bad = file('bad.csv', 'TIMESTAMP\n');
    const { arrivals } = scenarioOf(optionsOf('--trace', bad));
    await expect(all(arrivals())).rejects.toThrow('bad.csv: line 1: column ContextTokens is missing');
    const none = scenarioOf(optionsOf('--trace', '/nowhere/t.csv'));
    await expect(all(none.arrivals())).rejects.toThrow(InvalidRun);
  });
});
