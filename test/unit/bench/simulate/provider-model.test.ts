import { describe, expect, it } from 'vitest';
import { fateOf } from '../../../../bench/simulate/provider-model.ts';
import { nameSeed, streamOf } from '../../../../bench/simulate/random.ts';
import { percentiles } from '../../../../bench/simulate/summary.ts';
import { worldOf } from './small-world.ts';

const world = worldOf({
  providers: {
    a: {
      models: {
        m: {
          firstToken: { medianMs: 400, p99Ms: 2_000, msPerThousandInputTokens: 100 },
          tokensPerSecond: 50,
          errorRate: 0.1,
          cutRate: 0.05,
          doublesAtRequests: 10,
        },
      },
    },
  },
});
const behaviour = (() => {
  const place = world.place('a', 'm');
  if (place === undefined) throw new Error('no place');
  return place.behaviour;
})();
const usual = { latency: 1, limits: 1 };
const fates = (inputTokens: number, underWay: number, conditions = usual) =>
  Array.from({ length: 20_000 }, (_, index) =>
    fateOf(behaviour, conditions, inputTokens, underWay, streamOf(1, index)),
  );
const firstTokens = (...args: Parameters<typeof fates>): readonly number[] =>
  fates(...args).flatMap((fate) => (fate.kind === 'answer' ? [fate.firstTokenMs] : []));

describe('the fate of attempts', () => {
  it('has the median and the 99th percentile of the world', () => {
    const { p50, p99 } = percentiles(firstTokens(0, 0));
    expect(p50 / 400).toBeCloseTo(1, 1);
    expect(p99 / 2_000).toBeCloseTo(1, 0);
  });

  it('grows with the prompt, with the load and in a brown-out', () => {
    const base = percentiles(firstTokens(0, 0)).p50;
    expect(percentiles(firstTokens(4_000, 0)).p50).toBeCloseTo(base + 400, 6);
    expect(percentiles(firstTokens(0, 10)).p50).toBeCloseTo(base * 2, 6);
    expect(percentiles(firstTokens(0, 0, { latency: 3, limits: 1 })).p50).toBeCloseTo(base * 3, 6);
  });

  it('fails and breaks off as often as the world says', () => {
    const all = fates(0, 0);
    const failed = all.filter(({ kind }) => kind === 'fault').length / all.length;
    const answers = all.flatMap((fate) => (fate.kind === 'answer' ? [fate] : []));
    const cut = answers.filter(({ cutAt }) => cutAt !== undefined).length / answers.length;
    expect(failed).toBeCloseTo(0.1, 2);
    expect(cut).toBeCloseTo(0.05, 2);
  });

  it.each([
    ['refused', { kind: 'refused' }],
    ['silent', { kind: 'silent' }],
    ['503', { kind: 'fault', status: 503, afterMs: 50 }],
  ] as const)('in an outage is %s', (outage, fate) => {
    expect(fateOf(behaviour, { ...usual, outage }, 0, 0, streamOf(1))).toEqual(fate);
  });

  it('keeps its luck under other conditions: who would fail, fails again', () => {
    const failing = (latency: number): readonly number[] =>
      fates(0, 0, { latency, limits: 1 }).flatMap(({ kind }, index) => (kind === 'fault' ? [index] : []));
    expect(failing(4)).toEqual(failing(1));
  });
});

describe('random streams', () => {
  it('are the same for the same seeds, and unlike for others', () => {
    const some = (...seeds: readonly number[]): readonly number[] => {
      const random = streamOf(...seeds);
      return Array.from({ length: 5 }, random);
    };
    expect(some(1, 2)).toEqual(some(1, 2));
    expect(some(1, 2)).not.toEqual(some(2, 1));
    expect(some(1, 2)).not.toEqual(some(1, 3));
    expect(nameSeed('a/m')).not.toBe(nameSeed('b/m'));
  });

  it('are uniform over neighbouring seeds too', () => {
    const firsts = Array.from({ length: 20_000 }, (_, index) => streamOf(7, index)());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(percentiles(firsts).p99).toBeCloseTo(0.99, 2);
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...firsts)).toBeLessThan(1);
  });
});
