import { beforeAll, describe, expect, it } from 'vitest';
import { arrivalsEvery, documentOf, runSmall, shareOverTime, steady, worldOf } from './small-world.ts';

const spanS = 20;
/** The spans from one second to another. */
const between = (shares: readonly number[], fromS: number, toS: number): readonly number[] =>
  shares.slice(fromS / spanS, toS / spanS);

/** Five requests a second for ten minutes; from 3 to 6 minutes the first token of `slow` takes three times as long. */
const arrivals = arrivalsEvery(200, 3_000);
const slowed = { name: 'slow', from: '3m', to: '6m', provider: 'slow', latency: 3 };

describe.each([
  ['latency of its own', steady],
  ['latency that grows with its own load', { ...steady, doublesAtRequests: 30 }],
])('the adaptive strategy over targets with %s', (_name, model) => {
  const world = worldOf({ providers: { '*': { models: { m: model } } }, incidents: [slowed] });
  let shares: readonly number[] = [];
  beforeAll(async () => {
    const document = documentOf(['slow', 'other'], { strategy: 'adaptive' });
    shares = shareOverTime(await runSmall({ document, world, arrivals }), 'slow', spanS);
  });

  it('spreads traffic evenly while both are alike', () => {
    for (const share of between(shares, 60, 180)) {
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.7);
    }
  });

  it('leaves the one whose first token goes from 1 s to 3 s within a minute, and stays away', () => {
    for (const share of between(shares, 240, 360)) {
      expect(share).toBeLessThan(0.3);
      // Never nothing: that is how it is noticed that it has recovered.
      expect(share).toBeGreaterThan(0);
    }
  });

  it('returns within two minutes of the recovery, and does not swing', () => {
    for (const share of between(shares, 480, 600)) {
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.7);
    }
  });
});
