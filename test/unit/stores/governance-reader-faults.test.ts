import { BatchGetItemCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller, Policy } from '../../../lib/domain/policy.ts';
import { digestOf } from '../../../lib/stores/governance-items.ts';
import { GovernanceReader } from '../../../lib/stores/governance-reader.ts';
import { StillClock } from './still-clock.ts';

/** Faults an embedded database does not have. */
const dynamo = mockClient(DynamoDBClient);
const text = '{"providers":{}}';
const pointer = {
  pk: { S: 'policy' },
  sk: { S: 'current' },
  version: { N: '3' },
  digest: { S: digestOf(text) },
  parts: { N: '2' },
};
const key = { pk: { S: 'key#01' }, sk: { S: 'virtual-key' }, body: { S: '{"id":"one"}' } };
const parts = [{ body: { S: text.slice(0, 5) } }, { body: { S: text.slice(5) } }];
const throttled = Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });

let problems: string[];
let reader: GovernanceReader;
beforeEach(() => {
  dynamo.reset();
  dynamo.on(QueryCommand).resolves({ Items: parts });
  problems = [];
  reader = new GovernanceReader({
    client: new DynamoDBClient({ region: 'eu-central-1' }),
    table: 'g',
    clock: new StillClock(),
    compilePolicy: (_, { version, digest }) => ({ version, digest }) as Policy,
    compileCaller: (stored) => ({ virtualKeyId: JSON.stringify(stored) }) as Caller,
    onProblem: (message) => problems.push(message),
  });
});

const left = { g: { Keys: [{ pk: { S: 'key#01' }, sk: { S: 'virtual-key' } }] } };

describe('GovernanceReader', () => {
  it('asks again for what a batch left unread', async () => {
    dynamo
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { g: [pointer] }, UnprocessedKeys: left })
      .resolves({ Responses: { g: [key] } });
    const { known } = await reader.view('sha256:01');
    expect(known?.caller.virtualKeyId).toBe('{"id":"one"}');
    expect(dynamo.commandCalls(BatchGetItemCommand)[1]?.args[0].input.RequestItems).toEqual({
      g: { ...left.g, ConsistentRead: true },
    });
  });

  it('does not take a key that was left unread for an unknown one', async () => {
    dynamo.on(BatchGetItemCommand).resolves({ Responses: { g: [pointer] }, UnprocessedKeys: left });
    await expect(reader.view('sha256:01')).rejects.toMatchObject({ status: 503, code: 'unavailable' });
    expect(dynamo.commandCalls(BatchGetItemCommand)).toHaveLength(3);
  });

  it('is unavailable while throttled', async () => {
    dynamo.on(BatchGetItemCommand).rejects(throttled);
    await expect(reader.view('sha256:01')).rejects.toMatchObject({ status: 503 });
    expect(problems).toEqual([
      'the governance table cannot be read (ProvisionedThroughputExceededException)',
    ]);
  });

  it('is unavailable while the first policy cannot be read', async () => {
    dynamo.on(BatchGetItemCommand).resolves({ Responses: { g: [pointer, key] } });
    dynamo.on(QueryCommand).rejects(throttled);
    await expect(reader.view('sha256:01')).rejects.toMatchObject({ status: 503 });
  });

  it('reads a policy page by page', async () => {
    dynamo.on(BatchGetItemCommand).resolves({ Responses: { g: [pointer, key] } });
    dynamo
      .on(QueryCommand)
      .resolvesOnce({ Items: parts.slice(0, 1), LastEvaluatedKey: { pk: { S: 'x' } } })
      .resolvesOnce({ Items: parts.slice(1) });
    expect((await reader.view('sha256:01')).policy.version).toBe(3);
  });

  it('warms without rejecting', async () => {
    dynamo.on(BatchGetItemCommand).rejects(throttled);
    await expect(reader.warm()).resolves.toBeUndefined();
  });
});
