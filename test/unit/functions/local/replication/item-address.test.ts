import { describe, expect, it } from 'vitest';
import { tableNames } from '../../../../../functions/local/database.ts';
import {
  addressOf,
  globalTables,
  isWrite,
  writtenItems,
} from '../../../../../functions/local/replication/item-address.ts';

const global = globalTables(tableNames);
const { governance, quotas, health, decisions } = tableNames;
const policy = { pk: { S: 'policy' }, sk: { S: 'current' } };

describe('globalTables', () => {
  it('are those the schema says, with their keys', () => {
    expect([...global]).toEqual([
      [governance, ['pk', 'sk']],
      [quotas, ['pk']],
    ]);
  });
});

describe('addressOf', () => {
  it('is the same for an item, its key, and whatever else it holds', () => {
    const address = addressOf(global, governance, { body: { S: 'x' }, sk: policy.sk, pk: policy.pk });
    expect(address).toEqual(addressOf(global, governance, policy));
    expect(address).toEqual({ table: governance, key: policy, id: `["${governance}","policy","current"]` });
  });
});

describe('writtenItems', () => {
  it.each([
    ['PutItem', { TableName: quotas, Item: { pk: { S: 'a' }, n: { N: '1' } } }, ['a']],
    ['UpdateItem', { TableName: quotas, Key: { pk: { S: 'a' } } }, ['a']],
    ['DeleteItem', { TableName: quotas, Key: { pk: { S: 'a' } } }, ['a']],
    [
      'BatchWriteItem',
      {
        RequestItems: {
          [quotas]: [
            { PutRequest: { Item: { pk: { S: 'a' }, n: { N: '1' } } } },
            { DeleteRequest: { Key: { pk: { S: 'b' } } } },
          ],
          [health]: [{ DeleteRequest: { Key: policy } }],
        },
      },
      ['a', 'b'],
    ],
    ['PutItem', { TableName: health, Item: policy }, []],
    ['UpdateItem', { TableName: decisions, Key: { pk: { S: 'a' } } }, []],
    ['GetItem', { TableName: quotas, Key: { pk: { S: 'a' } } }, []],
    ['PutItem', {}, []],
  ])('of %s %j are %j', (operation, body, keys) => {
    const items = writtenItems(global, operation, body);
    expect(items.map(({ table, key }) => [table, key])).toEqual(
      keys.map((pk) => [quotas, { pk: { S: pk } }]),
    );
  });
});

describe('isWrite', () => {
  it.each([
    ['UpdateItem', true],
    ['BatchWriteItem', true],
    ['BatchGetItem', false],
    ['toString', false],
  ])('%s: %s', (operation, answer) => {
    expect(isWrite(operation)).toBe(answer);
  });
});
