import { describe, expect, it } from 'vitest';
import { freeKeysFirst, freeTargetsFirst, KeyPauses } from '../../../lib/execution/key-pauses.ts';
import { testTarget } from '../../support/target.ts';

const key = (id: string) => ({
  id,
  secret: { kind: 'env', name: id } as const,
  allowsModel: () => true,
  deniesModel: () => false,
  quotas: [],
});
const [k, l] = [key('k'), key('l')];
const target = (id: string, model = 'm', keys = [k]) => testTarget('openai', model, { keys }, { id });
const ids = (targets: readonly { provider: { id: string } }[]) => targets.map(({ provider }) => provider.id);

describe('a key that a rate limit asked to leave alone', () => {
  it('is left alone for that time, with that model', () => {
    const pauses = new KeyPauses();
    pauses.pause(target('a'), k, 20_000, 1_000);
    expect(pauses.leftMs(target('a'), k, 20_999)).toBe(1);
    expect(pauses.leftMs(target('a'), k, 21_000)).toBe(0);
    pauses.pause(target('a'), k, 20_000, 30_000);
    expect(pauses.leftMs(target('a', 'another'), k, 30_000)).toBe(0);
    expect(pauses.leftMs(target('a'), l, 30_000)).toBe(0);
    expect(pauses.leftMs(target('b'), k, 30_000)).toBe(0);
  });

  it('for a minute at most, and never for less than was asked before', () => {
    const pauses = new KeyPauses();
    pauses.pause(target('a'), k, 3_600_000, 0);
    pauses.pause(target('a'), k, 5_000, 0);
    expect(pauses.leftMs(target('a'), k, 0)).toBe(60_000);
  });

  it('comes after the others of its target, all of which stay', () => {
    const pauses = new KeyPauses();
    const keyed = target('a', 'm', [k, l]);
    expect(freeKeysFirst(keyed, pauses, 0)).toEqual([k, l]);
    pauses.pause(keyed, k, 9_000, 0);
    expect(freeKeysFirst(keyed, pauses, 0)).toEqual([l, k]);
    pauses.pause(keyed, l, 9_000, 0);
    expect(freeKeysFirst(keyed, pauses, 0)).toEqual([k, l]);
    expect(freeKeysFirst(testTarget('openai', 'm'), pauses, 0)).toEqual([undefined]);
  });

  it('does not grow with the model names callers invent', () => {
    const pauses = new KeyPauses();
    for (let each = 0; each < 5_000; each += 1) pauses.pause(target('a', `invented-${each}`), k, 9_000, 0);
    expect(pauses.size).toBe(1_000);
    expect(pauses.leftMs(target('a', 'invented-4999'), k, 0)).toBe(9_000);
  });
});

describe('targets whose every key is to be left alone', () => {
  const paused = (...targets: readonly ReturnType<typeof target>[]) => {
    const pauses = new KeyPauses();
    for (const each of targets) pauses.pause(each, k, 9_000, 0);
    return pauses;
  };

  it('come last, and all stay', () => {
    const order = [target('a'), target('b'), target('c')];
    expect(ids(freeTargetsFirst(order, paused(target('a')), 0))).toEqual(['b', 'c', 'a']);
    expect(ids(freeTargetsFirst(order, paused(target('b')), 0))).toEqual(['a', 'c', 'b']);
    expect(ids(freeTargetsFirst(order, paused(...order), 0))).toEqual(['a', 'b', 'c']);
    expect(ids(freeTargetsFirst(order, paused(), 0))).toEqual(['a', 'b', 'c']);
  });

  it('keep their place while another key is free', () => {
    const order = [target('a', 'm', [k, l]), target('b')];
    expect(ids(freeTargetsFirst(order, paused(target('a')), 0))).toEqual(['a', 'b']);
  });

  it('are waited for up to 3 s where all others are other models', () => {
    const order = [target('a'), target('b', 'other')];
    const pauses = paused(target('a'));
    expect(ids(freeTargetsFirst(order, pauses, 5_999))).toEqual(['b', 'a']);
    expect(ids(freeTargetsFirst(order, pauses, 6_000))).toEqual(['a', 'b']);
    expect(ids(freeTargetsFirst([...order, target('c')], pauses, 6_000))).toEqual(['b', 'c', 'a']);
  });
});
