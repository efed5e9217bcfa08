import { createHash } from 'node:crypto';
import type { Cancellation, ByteSource, Clock, Transport } from '../domain/ports.ts';
import type { Settlement, SettlementQueue } from '../domain/quota-ledger.ts';
import { signAwsRequest, type AwsCredentials } from './aws-signature.ts';

export interface SqsSettlementQueueOptions {
  readonly queueUrl: string;
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** A settlement as a message. */
  readonly write: (settlement: Settlement) => string;
}

/** A queue that answers later is down: the settlement is kept and offered again. */
const timeoutMs = 2_000;

/**
 * Settlements in an SQS FIFO queue, by its JSON protocol
 * (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html): one call needs no SDK. Messages
 * of one item of the ledger keep their order; one sent twice within five minutes is delivered once.
 */
export class SqsSettlementQueue implements SettlementQueue {
  readonly #options: SqsSettlementQueueOptions;

  constructor(options: SqsSettlementQueueOptions) {
    this.#options = options;
  }

  /** Rejects with Error naming the status: the settlement is not in the queue, or nobody knows. */
  async push(settlement: Settlement): Promise<void> {
    const { queueUrl, region, credentials, transport, clock, write } = this.#options;
    const { key, ticket, kind } = settlement;
    const unsigned = {
      method: 'POST',
      url: new URL('/', queueUrl).href,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.SendMessage',
      },
      body: JSON.stringify({
        QueueUrl: queueUrl,
        MessageBody: write(settlement),
        MessageGroupId: createHash('sha256').update(JSON.stringify(key)).digest('hex'),
        MessageDeduplicationId: `${kind}-${ticket}`,
      }),
    } as const;
    const nowMs = clock.nowMs();
    const headers = await signAwsRequest(unsigned, {
      service: 'sqs',
      region,
      credentials: await credentials(),
      nowMs,
    });
    const deadline = new Deadline(clock);
    try {
      const response = await transport.send({ ...unsigned, headers }, deadline);
      await drained(response.body, deadline);
      if (response.status !== 200) throw new Error(`the settlement queue answered ${response.status}`);
    } finally {
      deadline.end();
    }
  }
}

class Deadline implements Cancellation {
  cancelled = false;
  readonly #listeners: (() => void)[] = [];
  readonly #timer: { cancel(): void };

  constructor(clock: Clock) {
    this.#timer = clock.after(timeoutMs, () => {
      this.cancelled = true;
      for (const listener of this.#listeners) listener();
    });
  }

  onCancel(listener: () => void): void {
    if (this.cancelled) listener();
    else this.#listeners.push(listener);
  }

  end(): void {
    this.#timer.cancel();
  }
}

/** Reads a short body to its end, so that the connection can be used again. */
function drained(body: ByteSource, deadline: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    deadline.onCancel(() => {
      body.destroy();
      reject(new Error('the settlement queue did not answer in time'));
    });
    body.read({ data: () => undefined, end: resolve, fail: reject });
  });
}
