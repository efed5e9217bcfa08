import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHealth } from '../../../../functions/gateway/health.ts';
import type { AttemptSample } from '../../../../lib/domain/health.ts';
import { startTestDatabase, testTableNames } from '../../../support/dynalite.ts';
import { ManualClock, settle } from '../../../support/manual-clock.ts';
import { oneSite } from '../../../support/one-site.ts';

const sample = (more: Partial<AttemptSample> = {}): AttemptSample => ({
  provider: 'openai',
  model: 'gpt-5',
  key: 'a',
  outcome: 'ok',
  stream: true,
  inputTokens: 500,
  firstContentMs: 400,
  ...more,
});

/** What several functions of one region have of each other. */
function region(client: DynamoDBClient) {
  const clock = new ManualClock(Date.parse('2026-11-24T10:00:00Z'));
  const log: object[] = [];
  const health = () =>
    createHealth({
      region: 'eu-central-1',
      clock,
      random: () => 0,
      dynamo: client,
      ...oneSite('eu-central-1', client),
      log: (line) => void log.push(line),
      tableNames: testTableNames,
      zones: [],
      zoneEndpoints: new Map(),
    });
  return { clock, log, health };
}

/** Whether a promise has come to its end without any time passing. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.finally(() => (over = true));
  for (let turn = 0; turn < 10; turn += 1) await settle();
  return over;
}

async function onDatabase() {
  const database = await startTestDatabase();
  onTestFinished(() => database.close());
  return { ...region(database.client), database };
}

describe('the functions of a region', () => {
  it('leave the key alone that one of them was refused, once a snapshot tells', async () => {
    const { clock, log, health } = await onDatabase();
    const [one, other, third] = [health(), health(), health()];
    one.rests.rest('openai', 'a', 'gpt-5', 'key', clock.nowMs());
    one.rests.rest('openai', 'b', 'gpt-5', 'key_model', clock.nowMs());
    one.live.note(sample({ outcome: 'key_failed' }));
    await one.settle();
    await other.live.ready();
    await other.settle();
    const resting = (key: string, model: string) => [
      one.rests.isResting('openai', key, model, clock.nowMs()),
      other.rests.isResting('openai', key, model, clock.nowMs()),
      third.rests.isResting('openai', key, model, clock.nowMs()),
    ];
    await clock.advance(7_000);
    // Whoever settles a request when a snapshot is due makes it.
    await third.settle();
    await Promise.all([other.live.ready(), other.settle(), third.live.ready()]);
    await third.settle();
    expect(resting('a', 'gpt-5-mini')).toEqual([true, true, true]);
    expect(resting('b', 'gpt-5')).toEqual([true, true, true]);
    expect(resting('b', 'gpt-5-mini')).toEqual([false, false, false]);
    // Over a minute later it is tried again, by all.
    await clock.advance(60_000);
    expect(resting('a', 'gpt-5')).toEqual([false, false, false]);
    expect(log).toEqual([]);
  });

  it('are done with a request only when what it was refused is written', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const written = Promise.withResolvers<object>();
    aws.onAnyCommand().resolves({});
    aws.on(UpdateItemCommand).callsFake(() => written.promise);
    const { clock, health } = region(new DynamoDBClient({ region: 'eu-central-1' }));
    const one = health();
    one.rests.rest('openai', 'a', 'gpt-5', 'key', clock.nowMs());
    const settled = one.settle();
    expect(await isOver(settled)).toBe(false);
    const keys = aws.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input.Key?.['pk']?.S);
    expect(keys).toEqual(['key-rests']);
    written.resolve({});
    await settled;
  });

  it('know of a route what all of them together have seen', async () => {
    const { clock, log, health } = await onDatabase();
    const [one, other, third] = [health(), health(), health()];
    for (let index = 0; index < 12; index += 1) {
      one.live.note(sample({ outcome: 'error' }));
      other.live.note(sample({ firstContentMs: 300 + index }));
    }
    await Promise.all([one.settle(), other.settle()]);
    await clock.advance(7_000);
    await one.settle();
    await third.live.ready();
    const seen = third.live.route('openai', 'gpt-5');
    expect(seen?.errorRate).toBeCloseTo(0.5, 5);
    expect(seen?.samples).toBeGreaterThan(5);
    expect(third.live.key('openai', 'gpt-5', 'a')?.state).not.toBe('healthy');
    expect(third.live.route('openai', 'gpt-4')).toBeUndefined();
    // Whoever made the snapshot says so where not all is well: metrics are made of it.
    expect(log).toEqual([{ event: 'health_snapshot', degraded: 1, failed: 0, recovering: 0 }]);
  });

  it('make one snapshot of a window between them', async () => {
    const { clock, database, health } = await onDatabase();
    const functions = Array.from({ length: 6 }, health);
    for (const each of functions) each.live.note(sample());
    await Promise.all(functions.map((each) => each.settle()));
    await clock.advance(7_000);
    const before = database.sent.length;
    await Promise.all(functions.map((each) => each.settle()));
    const sent = database.sent.slice(before);
    // Six claims, of which one is granted; eight copies of what four partitions and the resting keys tell.
    expect(sent.filter((name) => name === 'UpdateItemCommand')).toHaveLength(6 + 8);
    expect(sent.filter((name) => name === 'QueryCommand')).toHaveLength(4 + 1);
    expect(sent.filter((name) => name === 'GetItemCommand')).toHaveLength(1);
    expect(sent).toHaveLength(6 + 8 + 4 + 1 + 1);
  });
});

describe('a health table that is away', () => {
  it('leaves the function without health, and is told of once for each time it goes', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const denied = Object.assign(new Error('user arn:aws:… is not authorized'), {
      name: 'AccessDeniedException',
    });
    aws.onAnyCommand().rejects(denied);
    const { clock, log, health } = region(new DynamoDBClient({ region: 'eu-central-1' }));
    const alone = health();
    for (let request = 0; request < 5; request += 1) {
      await alone.live.ready();
      alone.live.note(sample());
      alone.rests.rest('openai', 'a', 'gpt-5', 'key', clock.nowMs());
      await alone.settle();
      await clock.advance(6_000);
    }
    const problems = [
      'the health snapshot cannot be read (AccessDeniedException)',
      'resting provider keys cannot be written (AccessDeniedException)',
      'health windows cannot be written (AccessDeniedException)',
      'the next health snapshot cannot be made (AccessDeniedException)',
    ].map((problem) => ({ event: 'health_problem', problem }));
    expect(log).toEqual(expect.arrayContaining(problems));
    expect(log).toHaveLength(problems.length);
    expect(alone.rests.isResting('openai', 'a', 'gpt-5', clock.nowMs())).toBe(true);

    aws.onAnyCommand().resolves({});
    await alone.live.ready();
    alone.live.note(sample());
    await alone.settle();
    expect(log).toHaveLength(problems.length);
    aws.onAnyCommand().rejects(denied);
    await clock.advance(6_000);
    await alone.live.ready();
    await alone.settle();
    expect(log.slice(problems.length)).toContainEqual(problems[0]);
  });

  it('is asked again only after a while, so that no request after the first waits for it', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    aws.onAnyCommand().rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    const { clock, health } = region(new DynamoDBClient({ region: 'eu-central-1' }));
    const alone = health();
    await alone.live.ready();
    await clock.advance(4_999);
    expect(alone.live.ready()).toBeUndefined();
    expect(aws.commandCalls(GetItemCommand)).toHaveLength(1);
    await clock.advance(1);
    await alone.live.ready();
    expect(aws.commandCalls(GetItemCommand)).toHaveLength(2);
  });
});
