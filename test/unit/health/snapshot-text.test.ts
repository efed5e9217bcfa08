import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSnapshot } from '../../../lib/health/snapshot.ts';
import { parseSnapshot, snapshotText } from '../../../lib/health/snapshot-text.ts';
import { seeded } from '../../support/random.ts';
import { lived, recordsOf, sampleOf, startMs, times, windowAt } from './samples.ts';

const rich = lived([
  [
    ...times(8, 'ok'),
    ...times(3, 'error'),
    sampleOf('ok', { key: 'a', stream: false, wholeMs: 4_000, outputTokens: 100, utilisation: 0.4 }),
    sampleOf('key_failed', { key: 'b' }),
    sampleOf('unserved', { model: 'gone' }),
  ],
]);
const until = rich.untilMs;

describe('a snapshot as text', () => {
  it('comes back as it was', () => {
    expect(parseSnapshot(snapshotText(rich), until)).toEqual(rich);
  });

  it('is written the same when it has been read', () => {
    const outcome = fc.constantFrom('ok', 'error', 'saturated', 'key_failed', 'unserved');
    const sample = fc.record({ outcome, key: fc.string(), model: fc.string(), first: fc.nat(1_000_000) });
    fc.assert(
      fc.property(fc.array(fc.array(sample, { maxLength: 9 }), { maxLength: 30 }), (story) => {
        const snapshot = lived(
          story.map((window) =>
            window.map(({ outcome: how, first, ...names }) =>
              sampleOf(how, { ...names, firstContentMs: first, utilisation: first / 1_000_000 }),
            ),
          ),
        );
        const text = snapshotText(snapshot);
        const read = parseSnapshot(text, snapshot.untilMs);
        expect(read?.subjects.size).toBe(snapshot.subjects.size);
        expect(read === undefined ? undefined : snapshotText(read)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('is nothing if it is of another time or another version', () => {
    expect(parseSnapshot(snapshotText(rich), until + 5_000)).toBeUndefined();
    expect(parseSnapshot(snapshotText(rich).replace('"v":1', '"v":2'), until)).toBeUndefined();
  });

  const entry = (fields: object): string =>
    JSON.stringify({ v: 1, until: until / 5_000, of: { 'a/b': fields } });

  it.each([
    ['no object', []],
    ['a weight that is no number', { n: '3' }],
    ['a count without end', { n: 1e300 }],
    ['a negative count', { f: -1 }],
    ['a state nobody knows', { z: 'x' }],
    ['a step beyond the last', { z: 'r', i: 3 }],
    ['a cooldown of a day', { z: 'f', c: 17_280 }],
    ['a doubling from a day', { o: 17_280 }],
    ['samples of tomorrow', { t: -17_280 }],
    ['a recovery tomorrow', { b: -17_280 }],
    ['latencies of an unknown kind', { h: { zz: '1.A' } }],
    ['latencies of tomorrow', { h: { f0: '-17280.ABB' } }],
    ['latencies without a time', { h: { f0: 'ABB' } }],
    ['a utilisation over one', { u: [1.5, 0] }],
    ['a utilisation of tomorrow', { u: [0.5, -17_280] }],
  ])('is nothing if it holds %s', (_, fields) => {
    expect(parseSnapshot(entry({ t: 1, n: 1 }), until)?.subjects.size).toBe(1);
    expect(parseSnapshot(entry(fields), until)).toBeUndefined();
  });

  it('is read from any text without a throw, and trusted only within its bounds', () => {
    const name = fc.constantFrom(...'tnjfsruhzicobqk');
    const value = fc.oneof(
      fc.constantFrom('d', 'f', 'r'),
      fc.nat(3),
      fc.double(),
      fc.jsonValue(),
      fc.record({ f0: fc.string() }),
    );
    const entries = fc.dictionary(fc.string(), fc.dictionary(name, value));
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      entries.map((of) => JSON.stringify({ v: 1, until: until / 5_000, of })),
    );
    fc.assert(
      fc.property(text, (written) => {
        const snapshot = parseSnapshot(written, until);
        for (const { evidence, standing } of snapshot?.subjects.values() ?? []) {
          expect(standing.failedUntilMs).toBeLessThanOrEqual(until + 300_000);
          expect(evidence.failures).toBeLessThanOrEqual(evidence.judged);
        }
        // And what was read can be lived with.
        if (snapshot !== undefined) nextSnapshot(snapshot, recordsOf(1, times(3, 'ok')), windowAt(2));
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds 200 routes with three keys each, in all sizes, well within an item', () => {
    const random = seeded(1);
    let snapshot = lived([]);
    for (let window = 0; window < 6; window += 1) {
      const samples = Array.from({ length: 6_000 }, (_, each) => {
        const stream = random() < 0.7;
        const ms = Math.exp(6.5 + 1.2 * (random() + random() + random() - 1.5));
        return sampleOf('ok', {
          provider: `provider-${each % 20}`,
          model: `some-long-model-name-${each % 200}`,
          key: `key-${Math.floor(each / 200) % 3}`,
          stream,
          inputTokens: 10 ** (1 + 4 * random()),
          utilisation: random(),
          ...(stream ? { firstContentMs: ms } : { wholeMs: 10 * ms, outputTokens: 300 }),
        });
      });
      snapshot = nextSnapshot(snapshot, recordsOf(window, samples), windowAt(window + 1));
    }
    expect(snapshot.subjects.size).toBe(800);
    const text = snapshotText(snapshot);
    const read = parseSnapshot(text, snapshot.untilMs);
    expect(Buffer.byteLength(text)).toBeLessThan(250_100);
    // Everybody's state, and all routes' latencies; those of keys had no room here.
    expect(read?.subjects.size).toBe(800);
    const told = [...(read?.subjects ?? [])].filter(
      ([, { evidence }]) => Object.keys(evidence.latencies).length > 0,
    );
    expect(told).toHaveLength(200);
  });

  it('leaves out what does not fit, the least known first', () => {
    const names = Array.from({ length: 1_000 }, (_, each) => `${each}-${'é'.repeat(200)}`);
    const used = Array.from({ length: 9 }, () => sampleOf('ok', { model: 'used' }));
    const samples = [...names.map((model) => sampleOf('error', { model })), ...used];
    const snapshot = nextSnapshot(undefined, recordsOf(0, samples), startMs + 5_000);
    const text = snapshotText(snapshot);
    expect(Buffer.byteLength(text)).toBeLessThan(250_100);
    const read = parseSnapshot(text, snapshot.untilMs);
    expect(read?.subjects.size).toBeLessThan(1_000);
    expect(read?.subjects.has('openai/used')).toBe(true);
  });
});
