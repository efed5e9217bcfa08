import { describe, expect, it } from 'vitest';
import { isOver, scene, take, until, whole } from './scene.ts';

const isRead = (command: string): boolean => /^(?:Batch)?Get|^Query|^Scan/.test(command);

describe('what a request waits for on AWS before the provider is called', () => {
  it('is nothing while what is known is under 5 s old, and nothing is read', async () => {
    const { clock, sent, asked, chat } = await scene({ first: [whole()] });
    await clock.advance(4_999);
    const answering = chat();
    await clock.advance(0);
    const response = await answering;
    await response.settled;
    expect(asked()).toEqual(['first']);
    // After the last byte: what was consumed, and why it went where it went.
    expect([...sent()].sort()).toEqual(['PutItemCommand', 'UpdateItemCommand']);
  });

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
      expect(sent().filter(isRead)).toEqual(['BatchGetItemCommand']);
      expect(await isOver(response.settled)).toBe(false);

      letDatabase();
      await response.settled;
      const next = chat();
      await clock.advance(0);
      await (
        await next
      ).settled;
      expect(sent().filter(isRead)).toEqual(['BatchGetItemCommand']);
    },
  );

  it('is one batch when it is older: the environment was frozen', async () => {
    const { clock, sent, asked, holdDatabase, chat } = await scene({ first: [whole()] });
    await clock.advance(30_000);
    const letDatabase = holdDatabase();
    const answering = chat();
    await clock.advance(0);
    expect(asked()).toEqual([]);
    letDatabase();
    await until(() => asked().length > 0);
    await clock.advance(0);
    const response = await answering;
    expect(take(response).text).toContain('hello');
    await response.settled;
    expect(sent().filter(isRead)).toEqual(['BatchGetItemCommand']);
  });
});
