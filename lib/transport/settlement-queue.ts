import { createHash } from 'node:crypto';
import type { Settlement, SettlementQueue } from '../domain/quota-ledger.ts';
import { callSqs, type Sqs } from './sqs-call.ts';

export interface SqsSettlementQueueOptions extends Omit<Sqs, 'timeoutMs'> {
  readonly queueUrl: string;
  /** A settlement as a message. */
  readonly write: (settlement: Settlement) => string;
}

/** A queue that answers later is down: the settlement is kept and offered again. */
const timeoutMs = 2_000;

/**
 * Settlements in an SQS FIFO queue (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
 * Messages of one item of the ledger keep their order; one sent twice within five minutes is delivered once.
 */
export class SqsSettlementQueue implements SettlementQueue {
  readonly #options: SqsSettlementQueueOptions;

  constructor(options: SqsSettlementQueueOptions) {
    this.#options = options;
  }

  /** Rejects with Error naming the status: the settlement is not in the queue, or nobody knows. */
  async push(settlement: Settlement): Promise<void> {
    const { queueUrl, write, ...aws } = this.#options;
    const { key, ticket, kind } = settlement;
    const { status } = await callSqs({ ...aws, timeoutMs }, queueUrl, 'SendMessage', {
      QueueUrl: queueUrl,
      MessageBody: write(settlement),
      MessageGroupId: createHash('sha256').update(JSON.stringify(key)).digest('hex'),
      MessageDeduplicationId: `${kind}-${ticket}`,
    });
    if (status !== 200) throw new Error(`the settlement queue answered ${status}`);
  }
}
