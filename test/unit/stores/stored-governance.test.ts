import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { GovernanceWriter } from '../../../lib/stores/governance-writer.ts';
import { StoredGovernance } from '../../../lib/stores/stored-governance.ts';
import { startTestDatabase } from '../../support/dynalite.ts';
import { StillClock } from './still-clock.ts';

const document = (decisionRecords: string) => ({
  providers: {},
  decisionRecords,
  teams: [{ id: 'research', budgets: [{ limitUsd: 1, every: '1d' as const }] }],
  virtualKeys: [
    {
      id: 'app',
      name: 'not "id":"other"',
      hash: hashVirtualKey('app'),
      retiring: ['a', 'b', 'c', 'd'].map((clear) => ({
        hash: hashVirtualKey(clear),
        until: '2100-01-01T00:00:00Z',
      })),
    },
    { id: 'other', hash: hashVirtualKey('other'), enabled: false },
  ],
});

async function stage() {
  const { client, tableNames, close } = await startTestDatabase();
  onTestFinished(close);
  const table = tableNames.governance;
  const writer = new GovernanceWriter({ client, table, clock: new StillClock() });
  return { client, table, writer, stored: new StoredGovernance({ client, table }) };
}

describe('stored governance', () => {
  it('is nothing before the first document', async () => {
    const { stored } = await stage();
    expect([await stored.policy(), await stored.scope('team', 'research')]).toEqual([undefined, undefined]);
    expect(await stored.scope('virtual_key', 'app')).toBeUndefined();
  });

  it('has each owner by its id, with what the ledger needs', async () => {
    const { stored, writer } = await stage();
    await writer.put(document('all'), 0);
    expect(await stored.policy()).toMatchObject({ version: 1, stored: { decisionRecords: 'all' } });
    expect(await stored.scope('team', 'research')).toMatchObject({
      quotaMarks: { '1d.microUsd': { edition: 1 } },
    });
    expect(await stored.scope('customer', 'research')).toBeUndefined();
    expect(await stored.scope('virtual_key', 'other')).toMatchObject({ enabled: false });
    expect(await stored.scope('virtual_key', 'nobody')).toBeUndefined();
  });

  it('has a rotated key once, not under its earlier hash', async () => {
    const { stored, writer } = await stage();
    await writer.put(document('all'), 0);
    const key = await stored.scope('virtual_key', 'app');
    expect([key?.['hash'], key?.['retiresAt']]).toEqual([hashVirtualKey('app'), undefined]);
  });

  it('is the policy before, while the parts of the next have not arrived', async () => {
    const { client, table, stored, writer } = await stage();
    await writer.put(document('all'), 0);
    await writer.put(document('none'), 1);
    const latest = await stored.policy();
    const { Items: items = [] } = await client.send(new ScanCommand({ TableName: table }));
    for (const { pk, sk } of items) {
      if (pk?.S !== `policy#${latest?.digest}` || sk === undefined) continue;
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } }));
    }
    expect(await stored.policy()).toMatchObject({ version: 2, stored: { decisionRecords: 'all' } });
  });
});
