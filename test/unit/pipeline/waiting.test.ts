import { describe, expect, it } from 'vitest';
import { isOver, scene, take, until, whole } from './scene.ts';

/** Of the route, and of the key. */
const samples = ['health:UpdateItemCommand', 'health:UpdateItemCommand'];
/** What was consumed, and why it went where it went. */
const records = ['PutItemCommand', 'UpdateItemCommand'];
/** The claim, the last one, four partitions of windows and the resting keys, eight copies. */
const nextSnapshot = [
  'health:GetItemCommand',
  ...Array.from({ length: 5 }, () => 'health:QueryCommand'),
  ...Array.from({ length: 9 }, () => 'health:UpdateItemCommand'),
];

describe('what a request waits for on AWS before the provider is called', () => {
  it.each([
    { ageMs: 1_000, after: [...records, ...samples] },
    { ageMs: 4_999, after: [...records, ...samples, ...nextSnapshot] },
  ])(
    'is nothing while what is known is $ageMs ms old, and nothing is read; what is written follows',
    async ({ ageMs, after }) => {
      const { clock, sent, asked, holdDatabase, chat } = await scene({ first: [whole()] });
      await clock.advance(ageMs);
      const letDatabase = holdDatabase();
      const answering = chat();
      await until(() => asked().length > 0);
      expect(sent()).toEqual([]);
      await clock.advance(0);
      const response = await answering;
      expect(asked()).toEqual(['first']);
      expect(await isOver(response.settled)).toBe(false);
      letDatabase();
      await response.settled;
      expect(sent().toSorted()).toEqual(after.toSorted());
    },
  );

  it.each([5_000, 29_999])(
    'is nothing at %i ms: it is read while the provider thinks, and before the invocation ends',
    async (ageMs) => {
      const { clock, sent, asked, holdDatabase, chat } = await scene({ first: [whole()] });
      await clock.advance(ageMs);
      const letDatabase = holdDatabase();
      const answering = chat();
      await clock.advance(0);
      const response = await answering;
      expect(response.status).toBe(200);
      expect(asked()).toEqual(['first']);
      expect(sent().slice(0, 2)).toEqual(['health:GetItemCommand', 'BatchGetItemCommand']);
      expect(await isOver(response.settled)).toBe(false);

      letDatabase();
      await response.settled;
      expect(sent().toSorted()).toEqual(
        ['health:GetItemCommand', 'BatchGetItemCommand', ...records, ...samples, ...nextSnapshot].toSorted(),
      );
      const before = sent().length;
      const next = chat();
      await clock.advance(0);
      await (
        await next
      ).settled;
      expect(sent().slice(before).toSorted()).toEqual([...records, ...samples].toSorted());
    },
  );

  it('is one batch and one copy of health, side by side, when it is older: the environment was frozen', async () => {
    const { clock, sent, asked, holdDatabase, chat } = await scene({ first: [whole()] });
    await clock.advance(30_000);
    const letDatabase = holdDatabase();
    const answering = chat();
    await clock.advance(0);
    expect(asked()).toEqual([]);
    expect(sent()).toEqual(['health:GetItemCommand', 'BatchGetItemCommand']);
    letDatabase();
    await until(() => asked().length > 0);
    expect(sent()).toEqual(['health:GetItemCommand', 'BatchGetItemCommand']);
    await clock.advance(0);
    const response = await answering;
    expect(take(response).text).toContain('hello');
    await response.settled;
  });
});
