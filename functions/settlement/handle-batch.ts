import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readSettlement } from '../../lib/accounting/quota/queued-settlement.ts';
import type { Consumer } from './consumer.ts';

/**
 * Carries out a batch of queued settlements. The messages of a group keep their order: when one fails, those after it
 * are delivered again too. What is no settlement fails, and so reaches the dead-letter queue instead of vanishing.
 */
export async function handleBatch(
  { Records: records }: Pick<SQSEvent, 'Records'>,
  apply: Consumer,
  log: (line: object) => void,
): Promise<SQSBatchResponse> {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of records) {
    const group = record.attributes.MessageGroupId ?? record.messageId;
    groups.set(group, [...(groups.get(group) ?? []), record]);
  }
  const failed = await Promise.all([...groups.values()].map((group) => handleGroup(group, apply, log)));
  return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The ids of the messages to be delivered again. */
async function handleGroup(
  records: readonly SQSRecord[],
  apply: Consumer,
  log: (line: object) => void,
): Promise<readonly string[]> {
  for (const [index, { messageId, body }] of records.entries()) {
    const settlement = readSettlement(body);
    try {
      if (settlement === undefined) throw new Error('the message is no settlement');
      await apply(settlement);
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown error';
      log({ event: 'settlement_failed', message_id: messageId, problem });
      return records.slice(index).map((each) => each.messageId);
    }
  }
  return [];
}
