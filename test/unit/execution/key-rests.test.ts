import { describe, expect, it } from 'vitest';
import { KeyRests } from '../../../lib/execution/key-rests.ts';

describe('resting keys', () => {
  it('rests a whole key, or a key with one model, and wakes it again', () => {
    const rests = new KeyRests();
    rests.rest('openai', 'a', 'gpt-5', 'key_model', 1_000);
    rests.rest('openai', 'b', 'gpt-5', 'key', 1_000);
    expect(rests.isResting('openai', 'a', 'gpt-5', 60_999)).toBe(true);
    expect(rests.isResting('openai', 'a', 'gpt-5-mini', 1_000)).toBe(false);
    expect(rests.isResting('openai', 'b', 'gpt-5-mini', 60_999)).toBe(true);
    expect(rests.isResting('other', 'b', 'gpt-5', 1_000)).toBe(false);
    expect(rests.isResting('openai', 'a', 'gpt-5', 61_000)).toBe(false);
    expect(rests.isResting('openai', 'b', 'gpt-5', 61_000)).toBe(false);
  });

  it('learns what other processes were refused, and tells nobody again', () => {
    const told: object[] = [];
    const rests = new KeyRests((rest) => void told.push(rest));
    rests.learn([
      { provider: 'openai', key: 'a', untilMs: 90_000 },
      { provider: 'openai', key: 'b', model: 'gpt-5', untilMs: 90_000 },
    ]);
    expect(told).toEqual([]);
    expect(rests.isResting('openai', 'a', 'any model', 89_999)).toBe(true);
    expect(rests.isResting('openai', 'b', 'gpt-5', 89_999)).toBe(true);
    expect(rests.isResting('openai', 'b', 'gpt-5-mini', 1)).toBe(false);
    expect(rests.isResting('openai', 'a', 'any model', 90_000)).toBe(false);
  });

  it('never replaces a longer rest by a shorter one, its own or a learnt one', () => {
    const told: object[] = [];
    const rests = new KeyRests((rest) => void told.push(rest));
    rests.rest('openai', 'a', 'gpt-5', 'key', 0);
    rests.learn([{ provider: 'openai', key: 'a', untilMs: 1_000 }]);
    expect(rests.isResting('openai', 'a', 'gpt-5', 59_999)).toBe(true);
    rests.learn([{ provider: 'openai', key: 'a', untilMs: 90_000 }]);
    rests.rest('openai', 'a', 'gpt-5', 'key', 1_000);
    expect(rests.isResting('openai', 'a', 'gpt-5', 89_999)).toBe(true);
    expect(told).toEqual([
      { provider: 'openai', key: 'a', untilMs: 60_000 },
      { provider: 'openai', key: 'a', untilMs: 61_000 },
    ]);
  });

  it('does not grow with the model names callers invent', () => {
    const rests = new KeyRests();
    rests.rest('openai', 'whole', 'gpt-5', 'key', 0);
    for (let each = 0; each < 5_000; each += 1) rests.rest('house', 'a', `invented-${each}`, 'key_model', 0);
    expect(rests.size).toBeLessThanOrEqual(1_000);
    expect(rests.isResting('openai', 'whole', 'gpt-5', 1)).toBe(true);
    expect(rests.isResting('house', 'a', 'invented-4999', 1)).toBe(true);
  });
});
