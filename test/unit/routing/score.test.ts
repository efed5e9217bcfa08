import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adaptiveScores, explorationShare, type Contender } from '../../../lib/routing/score.ts';
import { routeHealth } from '../../support/routing.ts';

const size = { inputTokens: 100, stream: true };
const contender = (health: Contender['health'], weight = 1, knownUtilisation = 0): Contender => ({
  weight,
  health,
  knownUtilisation,
});
const shares = (...contenders: readonly Contender[]): readonly number[] =>
  adaptiveScores(contenders, size).map(({ share }) => Number(share.toFixed(3)));

describe('the adaptive score', () => {
  it('is the weights of the document among routes that do alike, and where nobody knows anything', () => {
    const alike = routeHealth();
    expect(shares(contender(alike, 3), contender(alike, 1))).toEqual([0.75, 0.25]);
    expect(shares(contender(undefined, 3), contender(undefined, 1))).toEqual([0.75, 0.25]);
  });

  it('gives a route that is three times as slow a ninth of the weight, but for what explores', () => {
    const [fast, slow] = shares(contender(routeHealth({ ms: 1_000 })), contender(routeHealth({ ms: 3_000 })));
    expect([fast, slow]).toEqual([0.88, 0.12]);
  });

  it('asks for the wait of requests of this very size', () => {
    const asked: unknown[] = [];
    const typicalMs = (of: unknown): number => {
      asked.push(of);
      return 5;
    };
    shares(contender(routeHealth({ typicalMs })), contender(routeHealth()));
    expect(asked).toEqual([size]);
  });

  it('does not judge by one failure out of one, and does by five out of ten', () => {
    const parts = (samples: number, errorRate: number) =>
      adaptiveScores([contender(routeHealth({ samples, errorRate }))], size)[0]?.reliability ?? 0;
    expect(parts(1, 1)).toBeCloseTo((1 - 1.2 / 11) ** 4);
    expect(parts(10, 0.5)).toBeCloseTo((1 - 5.2 / 20) ** 4);
    expect(parts(1_000, 0)).toBeGreaterThan(0.99);
  });

  it('takes a full share up to 70 % of a rate limit, then less, and never nothing', () => {
    const headroom = (utilisation: number) =>
      adaptiveScores([contender(routeHealth({ utilisation }))], size)[0]?.headroom;
    expect(headroom(0.7)).toBeCloseTo(1);
    expect(headroom(0.85)).toBeCloseTo(0.5);
    expect(headroom(1)).toBe(0.02);
  });

  it('takes the highest of what headers, refusals and the document say of the limit', () => {
    const headroom = (health: Contender['health'], known: number) =>
      adaptiveScores([contender(health, 1, known)], size)[0]?.headroom;
    expect(headroom(routeHealth({ utilisation: 0.2, saturation: 0.85 }), 0)).toBeCloseTo(0.5);
    expect(headroom(routeHealth(), 0.85)).toBeCloseTo(0.5);
    expect(headroom(undefined, 0.85)).toBeCloseTo(0.5);
  });

  it('lets a route nobody knows start small beside known ones, timed as their median', () => {
    const [known, cold] = adaptiveScores([contender(routeHealth()), contender(undefined)], size);
    expect(cold).toMatchObject({ warmth: 1 / 21, latency: 1 });
    expect(cold?.share).toBeLessThan(0.1);
    expect(cold?.share).toBeGreaterThan(0.05 / 2);
    expect(known?.warmth).toBe(1);
    const half = adaptiveScores([contender(routeHealth()), contender(routeHealth({ samples: 9 }))], size)[1];
    expect(half?.warmth).toBeCloseTo(10 / 21);
  });

  it('is a distribution that leaves everybody at least the share that explores, whatever is known', () => {
    const figure = fc.double({ min: 0, max: 1, noNaN: true });
    const arbitrary = fc.record({
      weight: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
      knownUtilisation: figure,
      health: fc.option(
        fc
          .record({
            errorRate: figure,
            saturation: figure,
            utilisation: figure,
            samples: fc.integer({ min: 0, max: 1_000_000 }),
            ms: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
          })
          .map(routeHealth),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 8 }), (contenders) => {
        const scores = adaptiveScores(contenders, size);
        const base = contenders.reduce((sum, { weight }) => sum + weight, 0);
        expect(scores.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
        for (const [index, { share }] of scores.entries()) {
          const least = explorationShare * ((contenders[index]?.weight ?? 0) / base);
          expect(share).toBeGreaterThanOrEqual(least * 0.999999);
        }
      }),
    );
  });
});
