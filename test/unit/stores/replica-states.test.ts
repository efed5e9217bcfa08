import { DescribeTableCommand, DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { globalTableState } from '../../../lib/stores/replica-states.ts';

async function stateOf(Table: TableDescription | undefined) {
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  const mocked = mockClient(client);
  mocked.on(DescribeTableCommand, { TableName: 'quotas' }).resolves(Table === undefined ? {} : { Table });
  const state = await globalTableState({ client, region: 'eu-central-1' }, 'quotas');
  expect(mocked.calls()).toHaveLength(1);
  return { ...state, replicas: Object.fromEntries(state.replicas) };
}

const replicas = [
  { RegionName: 'us-east-1', ReplicaStatus: 'ACTIVE' },
  { RegionName: 'ap-northeast-1', ReplicaStatus: 'REGION_DISABLED' },
] as const;

describe("a global table's state", () => {
  it('is that of the own table and of every other replica', async () => {
    expect(await stateOf({ TableStatus: 'UPDATING', Replicas: [...replicas] })).toEqual({
      table: 'quotas',
      replicas: { 'eu-central-1': 'UPDATING', 'us-east-1': 'ACTIVE', 'ap-northeast-1': 'REGION_DISABLED' },
      keyUsable: true,
    });
  });

  it('is that of the table where the own replica is listed too', async () => {
    const own = { RegionName: 'eu-central-1', ReplicaStatus: 'UPDATING' } as const;
    const { replicas: seen } = await stateOf({ TableStatus: 'ACTIVE', Replicas: [own] });
    expect(seen).toEqual({ 'eu-central-1': 'ACTIVE' });
  });

  it('is that of one region where there is no other', async () => {
    expect((await stateOf({ TableStatus: 'ACTIVE' })).replicas).toEqual({ 'eu-central-1': 'ACTIVE' });
  });

  it.each<[TableDescription, boolean]>([
    [{ TableStatus: 'ACTIVE', SSEDescription: { Status: 'ENABLED' } }, true],
    [{ TableStatus: 'ACTIVE', SSEDescription: { InaccessibleEncryptionDateTime: new Date(0) } }, false],
    [{ TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, false],
  ])('of %j has a usable key: %s', async (table, usable) => {
    expect((await stateOf(table)).keyUsable).toBe(usable);
  });

  it('is unknown where nothing is said of it', async () => {
    expect((await stateOf(undefined)).replicas).toEqual({ 'eu-central-1': 'UNKNOWN' });
    expect((await stateOf({ TableStatus: 'ACTIVE', Replicas: [{}] })).replicas).toMatchObject({
      unknown: 'UNKNOWN',
    });
  });
});
