import { describe, expect, it } from 'vitest';
import { ItemLocks } from '../../../../../functions/local/replication/item-locks.ts';
import { settle } from '../../../../support/manual-clock.ts';

/** Tasks that say when they begin and end when told to. */
function scene() {
  const locks = new ItemLocks();
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  return {
    begun,
    hold: (name: string, items: readonly string[]) => {
      const gate = Promise.withResolvers<void>();
      gates.set(name, gate);
      return locks.hold(items, async () => {
        begun.push(name);
        await gate.promise;
        return name;
      });
    },
    end: async (name: string) => {
      gates.get(name)?.resolve();
      await settle();
    },
    fail: async (name: string) => {
      gates.get(name)?.reject(new Error(`${name} failed`));
      await settle();
    },
  };
}

describe('ItemLocks', () => {
  it('runs tasks on one item one after the other, in order, and others beside them', async () => {
    const { hold, begun, end } = scene();
    const first = hold('first', ['a']);
    void hold('second', ['a']);
    void hold('third', ['a']);
    void hold('other', ['b']);
    await settle();
    expect(begun).toEqual(['first', 'other']);
    await end('first');
    expect(await first).toBe('first');
    expect(begun).toEqual(['first', 'other', 'second']);
    await end('second');
    expect(begun).toEqual(['first', 'other', 'second', 'third']);
  });

  it('claims several items at once, without a deadlock', async () => {
    const { hold, begun, end } = scene();
    void hold('ab', ['a', 'b']);
    void hold('ba', ['b', 'a']);
    void hold('b', ['b']);
    await settle();
    expect(begun).toEqual(['ab']);
    await end('ab');
    expect(begun).toEqual(['ab', 'ba']);
    await end('ba');
    expect(begun).toEqual(['ab', 'ba', 'b']);
  });

  it('lets the next one in after a failure, which only its own caller sees', async () => {
    const { hold, begun, fail, end } = scene();
    const failing = hold('failing', ['a']);
    const next = hold('next', ['a']);
    await fail('failing').catch(() => undefined);
    await expect(failing).rejects.toThrow('failing failed');
    expect(begun).toEqual(['failing', 'next']);
    await end('next');
    expect(await next).toBe('next');
  });
});
