import { expect, it } from 'vitest';
import { entryChance } from '../../../lib/routing/let-in.ts';

it('lets a recovering route in for its part of the traffic, and for one attempt a window at least', () => {
  expect(entryChance(0.01, 1_000)).toBe(0.01);
  expect(entryChance(0.5, 1_000)).toBe(0.5);
  expect(entryChance(0.01, 2)).toBe(0.1);
  expect(entryChance(0.01, 1 / 60)).toBe(1);
  expect(entryChance(0.01, 0)).toBe(1);
});
