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

  it('does not grow with the model names callers invent', () => {
    const rests = new KeyRests();
    rests.rest('openai', 'whole', 'gpt-5', 'key', 0);
    for (let each = 0; each < 5_000; each += 1) rests.rest('house', 'a', `invented-${each}`, 'key_model', 0);
    expect(rests.size).toBeLessThanOrEqual(1_000);
    expect(rests.isResting('openai', 'whole', 'gpt-5', 1)).toBe(true);
    expect(rests.isResting('house', 'a', 'invented-4999', 1)).toBe(true);
  });
});
