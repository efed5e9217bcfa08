import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../../lib/stores/tables.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

describe('createTables', () => {
  it('makes every table of the schema with its keys', async () => {
    const { TableNames: names } = await database.client.send(new ListTablesCommand({}));
    expect(names).toEqual(['test-decisions', 'test-governance', 'test-health', 'test-quotas']);
    const { Table: table } = await database.client.send(
      new DescribeTableCommand({ TableName: 'test-governance' }),
    );
    expect(table?.KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ]);
  });

  it('leaves tables that exist alone', async () => {
    await expect(createTables(database.client, database.tableNames)).resolves.toBeUndefined();
  });
});
