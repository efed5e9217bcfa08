import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDatabase } from '../../../../functions/local/database.ts';
import { takeDataDirectory } from '../../../../functions/local/data-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const item = { pk: { S: 'policy' }, sk: { S: 'current' } };

describe('startDatabase', () => {
  it('forgets in memory, remembers in a directory', async () => {
    for (const [data, remembered] of [
      [undefined, undefined],
      [directory, item],
    ] as const) {
      const first = await startDatabase('local', data);
      const { governance } = first.tableNames;
      await first.client.send(new PutItemCommand({ TableName: governance, Item: item }));
      await first.close();
      const second = await startDatabase('local', data);
      const { Item } = await second.client.send(new GetItemCommand({ TableName: governance, Key: item }));
      expect(Item).toEqual(remembered);
      await second.close();
    }
  });

  it('finishes what it works on before it closes, though the caller has left', async () => {
    for (const turns of [1, 2, 3, 5, 8, 13, 21, 34]) {
      const database = await startDatabase('local');
      const { client, tableNames } = database;
      const writes = Array.from({ length: 40 }, () =>
        client
          .send(new PutItemCommand({ TableName: tableNames.governance, Item: item }))
          .catch(() => undefined),
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await database.close();
      await Promise.all(writes);
    }
  });

  it('keeps regions apart and refuses a directory in use', async () => {
    const first = await startDatabase('eu-central-1', directory);
    const other = await startDatabase('us-east-1', directory);
    await expect(startDatabase('eu-central-1', directory)).rejects.toThrow(
      `Data directory ${directory} cannot be used: process ${process.pid} uses it`,
    );
    await Promise.all([first.close(), other.close()]);
  });
});

describe('takeDataDirectory', () => {
  it('does not mind the lock of a process that is gone', () => {
    // Above every process id Linux gives (pid_max is at most 2^22).
    writeFileSync(join(directory, 'local.lock'), '4194305');
    takeDataDirectory(directory, 'local').release();
  });

  it('refuses a path that is a file', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(() => takeDataDirectory(file, 'local')).toThrow(`Data directory ${file} cannot be used: ENOTDIR`);
  });
});
