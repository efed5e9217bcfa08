import type { SQSRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { handleBatch } from '../../../../functions/settlement/handle-batch.ts';
import { writeSettlement } from '../../../../lib/accounting/quota/queued-settlement.ts';
import { readSites } from '../../../../lib/accounting/quota/sites.ts';
import { LedgerUnavailable, type Settlement } from '../../../../lib/domain/quota-ledger.ts';

const settlement = (ticket: string): Settlement => ({
  kind: 'settle',
  key: {
    owner: { kind: 'team', id: 'research' },
    quotaId: '1d',
    unit: 'microUsd',
    window: '1d@2026-11-24T00:00:00Z',
    place: { site: 'eu-central-1', lane: 0 },
  },
  ticket,
  held: 500,
  actual: 200,
});

const record = (
  messageId: string,
  group: string,
  body = writeSettlement(settlement(messageId)),
): SQSRecord => ({
  messageId,
  receiptHandle: '',
  body,
  attributes: {
    MessageGroupId: group,
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: 'eu-central-1',
});

it('carries every settlement out, and asks again for what failed and what follows it in its group', async () => {
  const applied: string[] = [];
  const log: object[] = [];
  const records = [record('1', 'a'), record('2', 'b'), record('3', 'a'), record('4', 'b'), record('5', 'a')];
  const { batchItemFailures } = await handleBatch(
    { Records: records },
    async ({ ticket }) => {
      if (ticket === '3') throw new LedgerUnavailable('the quota table does not answer');
      applied.push(ticket);
    },
    (line) => void log.push(line),
  );
  expect(applied.sort()).toEqual(['1', '2', '4']);
  expect(batchItemFailures).toEqual([{ itemIdentifier: '3' }, { itemIdentifier: '5' }]);
  expect(log).toEqual([
    { event: 'settlement_failed', message_id: '3', problem: 'the quota table does not answer' },
  ]);
});

it('leaves what is no settlement to the dead-letter queue, and does not repeat it in the log', async () => {
  const log: object[] = [];
  const { batchItemFailures } = await handleBatch(
    { Records: [record('1', 'a', '{"secret":"prompt"}')] },
    async () => undefined,
    (line) => void log.push(line),
  );
  expect(batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
  expect(JSON.stringify(log)).not.toContain('prompt');
});

it('sites are read as the deployment writes them', () => {
  const list = 'us-east-1=0.4,eu-central-1.2=0.6,eu-central-1=left';
  expect(readSites(list, 'eu-central-1.2')).toEqual({
    site: 'eu-central-1.2',
    sites: [
      { site: 'us-east-1', share: 0.4 },
      { site: 'eu-central-1.2', share: 0.6 },
      { site: 'eu-central-1', share: 0, left: true },
    ],
  });
  expect(() => readSites(list, 'eu-central-1')).toThrow('"eu-central-1" is no site of this deployment');
  expect(() => readSites('us-east-1', 'us-east-1')).toThrow('sites must be site=share pairs');
  expect(() => readSites('a=0.7,b=0.7', 'a')).toThrow('more than 1');
});

it('sites of regions that cannot be reached are marked, former ones of the same region too', () => {
  const { sites } = readSites('us-east-1=0.4,eu-central-1.2=0.6,eu-central-1=left', 'us-east-1', [
    'eu-central-1',
  ]);
  expect(sites).toEqual([
    { site: 'us-east-1', share: 0.4 },
    { site: 'eu-central-1.2', share: 0.6, unreachable: true },
    { site: 'eu-central-1', share: 0, left: true, unreachable: true },
  ]);
});
