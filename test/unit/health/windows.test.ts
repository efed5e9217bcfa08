import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../lib/health/histogram.ts';
import { isKeySubject, keySubject, routeSubject } from '../../../lib/health/subject.ts';
import { bandOf, countsOf, windowFacts, windowStartMs } from '../../../lib/health/windows.ts';
import { sampleOf } from './samples.ts';

describe('subjects', () => {
  it('are readable', () => {
    expect(routeSubject('openai', 'gpt-5')).toBe('openai/gpt-5');
    expect(keySubject('together', 'meta/llama-4', 'a')).toBe('together/meta/llama-4#a');
  });

  it('are told apart whatever the names are', () => {
    const name = fc.oneof(fc.stringMatching(/^[a/#%]{0,4}$/), fc.string({ maxLength: 6 }));
    const names = fc.tuple(name, name, fc.option(name, { nil: undefined }));
    const subject = ([provider, model, key]: readonly [string, string, string | undefined]): string =>
      key === undefined ? routeSubject(provider, model) : keySubject(provider, model, key);
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(subject(one) === subject(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect(isKeySubject(subject(one))).toBe(one[2] !== undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what an attempt adds to its window', () => {
  it('is the same for its route and its key', () => {
    const first = `f0_${bucketOf(500)}`;
    expect(countsOf(sampleOf('ok', { key: 'a' }), 25)).toEqual([
      { subject: 'openai/gpt-5', counts: { n: 1, a: 25, [first]: 25 } },
      { subject: 'openai/gpt-5#a', counts: { n: 1, a: 25, [first]: 25 } },
    ]);
  });

  it('says how it failed, and how close to its limit the key is', () => {
    const counts = (sample: Parameters<typeof countsOf>[0]) => countsOf(sample, 1).map((each) => each.counts);
    expect(counts(sampleOf('error'))).toEqual([{ n: 1, a: 1, e: 1 }]);
    expect(counts(sampleOf('unserved'))).toEqual([{ n: 1, a: 1, x: 1 }]);
    expect(counts(sampleOf('saturated', { utilisation: 1.5 }))).toEqual([
      { n: 1, a: 1, s: 1, u: 1_000, v: 1 },
    ]);
    expect(counts(sampleOf('key_failed', { key: 'a' }))[1]).toEqual({ n: 1, a: 1, k: 1 });
    // Without a key it is the route that is refused.
    expect(counts(sampleOf('key_failed'))).toEqual([{ n: 1, a: 1, x: 1 }]);
  });

  it('tells the pace of a whole reply from how long it is, and its duration for the route alone', () => {
    const whole = { stream: false, wholeMs: 5_500, outputTokens: 500, inputTokens: 20_000, key: 'a' };
    const [route, key] = countsOf(sampleOf('ok', whole), 1);
    const pace = `p3_${bucketOf(1_000)}`;
    expect(route?.counts).toEqual({ n: 1, a: 1, [pace]: 1, [`w3_${bucketOf(5_500)}`]: 1 });
    expect(key?.counts).toEqual({ n: 1, a: 1, [pace]: 1 });
    const ten = countsOf(sampleOf('ok', { ...whole, wholeMs: 10_500, outputTokens: 1_000 }), 1);
    expect(ten[1]?.counts).toEqual(key?.counts);
  });

  it('puts the input into bands', () => {
    expect([0, 999, 1_000, 3_999, 4_000, 16_000, 63_999, 64_000, 1e9].map(bandOf)).toEqual([
      0, 0, 1, 1, 2, 3, 3, 4, 4,
    ]);
  });

  it('has names that are attributes of an item, whatever the numbers', () => {
    const number = fc.option(fc.double(), { nil: undefined });
    fc.assert(
      fc.property(number, number, number, number, fc.boolean(), (first, whole, tokens, used, stream) => {
        const sample = {
          ...sampleOf('error'),
          stream,
          inputTokens: tokens ?? 0,
          ...(first === undefined ? {} : { firstContentMs: first }),
          ...(whole === undefined ? {} : { wholeMs: whole }),
          ...(tokens === undefined ? {} : { outputTokens: tokens }),
          ...(used === undefined ? {} : { utilisation: used }),
        };
        for (const [name, count] of Object.entries(countsOf(sample, 3)[0]?.counts ?? {})) {
          expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
          expect(Number.isInteger(count) && count >= 0).toBe(true);
        }
      }),
    );
  });

  it('is nothing for a model whose name is too long to be one', () => {
    expect(countsOf(sampleOf('ok', { model: 'é'.repeat(500) }), 1)).toEqual([]);
  });

  it('belongs to five seconds', () => {
    expect([windowStartMs(10_000), windowStartMs(14_999), windowStartMs(15_000)]).toEqual([
      10_000, 10_000, 15_000,
    ]);
  });
});

describe('what a window tells', () => {
  const counts = { n: 8, a: 80, e: 10, s: 20, x: 10, k: 10, u: 1_500, v: 2 };

  it('leaves out of a route what its keys and its limits did', () => {
    expect(windowFacts('openai/gpt-5', 5_000, counts)).toMatchObject({
      startMs: 5_000,
      endMs: 10_000,
      attempts: 80,
      judged: 50,
      failures: 20,
      hopeless: 10,
      saturated: 20,
      utilisation: 0.75,
    });
  });

  it('counts a refused key against the key', () => {
    expect(windowFacts('openai/gpt-5#a', 5_000, counts)).toMatchObject({
      judged: 60,
      failures: 30,
      hopeless: 20,
    });
  });

  it('takes what is wrong for absent', () => {
    const bad = { n: 2, a: 2, e: -1, s: Number.NaN, x: Infinity, f9_1: 2, f0_64: 1, f0_3: 2, zz: 4 };
    const facts = windowFacts('a/b', 0, bad);
    expect(facts).toMatchObject({ judged: 2, failures: 0, saturated: 0 });
    expect([...(facts?.histograms.keys() ?? [])]).toEqual(['f0']);
    expect(windowFacts('a/b', 0, { e: 3 })).toBeUndefined();
  });
});
