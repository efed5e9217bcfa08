import {
  SettlementsUnavailable,
  type DeadSettlements,
  type SettlementReplay,
  type SettlementsStanding,
} from '../domain/dead-settlements.ts';
import { asArray, asNumber, asObject, asString, parseJson, type JsonObject } from '../domain/json.ts';
import { callSqs, type Sqs } from './sqs-call.ts';

export interface SqsDeadSettlementsOptions extends Omit<Sqs, 'timeoutMs'> {
  readonly queueUrl: string;
  /** Of the queue's dead-letter queue. */
  readonly deadQueueUrl: string;
}

/** Somebody waits for the answer, and more than one call is made for it. */
const timeoutMs = 4_000;

/** As many as one call shows. */
const sample = 10;

/**
 * The settlement queue and its dead-letter queue in SQS
 * (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html). SQS itself moves
 * messages from one FIFO queue to the other, in its own time.
 */
export class SqsDeadSettlements implements DeadSettlements {
  readonly #options: SqsDeadSettlementsOptions;

  constructor(options: SqsDeadSettlementsOptions) {
    this.#options = options;
  }

  async standing(): Promise<SettlementsStanding> {
    const [queue, dead] = await this.#queues();
    const [latest] = asArray(
      (await this.#call('ListMessageMoveTasks', { SourceArn: dead.arn, MaxResults: 1 }))['Results'],
    );
    const replay = latest === undefined ? undefined : readReplay(asObject(latest));
    const deadSinceMs =
      dead.count === 0 || replay?.state === 'running' ? undefined : await this.#deadSinceMs();
    return {
      waiting: queue.count,
      dead: dead.count,
      ...(deadSinceMs !== undefined && { deadSinceMs }),
      ...(replay !== undefined && { replay }),
    };
  }

  async replay(): Promise<void> {
    const [queue, dead] = await this.#queues();
    // Named, though it is the default: the right to send is a right to send there.
    await this.#call('StartMessageMoveTask', { SourceArn: dead.arn, DestinationArn: queue.arn });
  }

  #queues() {
    const { queueUrl, deadQueueUrl } = this.#options;
    return Promise.all([this.#queue(queueUrl), this.#queue(deadQueueUrl)]);
  }

  async #queue(url: string): Promise<{ readonly arn: string; readonly count: number }> {
    const [visible, inFlight] = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
    ] as const;
    const answer = await this.#call('GetQueueAttributes', {
      QueueUrl: url,
      AttributeNames: ['QueueArn', visible, inFlight],
    });
    const attributes = asObject(answer['Attributes']);
    const arn = asString(attributes['QueueArn']);
    const count = Number(attributes[visible] ?? NaN) + Number(attributes[inFlight] ?? NaN);
    if (arn === undefined || !Number.isSafeInteger(count)) {
      throw new SettlementsUnavailable('the settlement queue answers, but not as SQS does');
    }
    return { arn, count };
  }

  /**
   * SQS tells the age of the oldest message to CloudWatch only. A look at some of them, which leaves them where they are
   * and visible, says when they came here: a FIFO queue counts from the move.
   */
  async #deadSinceMs(): Promise<number | undefined> {
    const { Messages: messages } = await this.#call('ReceiveMessage', {
      QueueUrl: this.#options.deadQueueUrl,
      MaxNumberOfMessages: sample,
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    const times = asArray(messages)
      .map((message) => Number(asObject(asObject(message)['Attributes'])['SentTimestamp'] ?? NaN))
      .filter(Number.isSafeInteger);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async #call(action: string, body: object): Promise<JsonObject> {
    const { queueUrl, deadQueueUrl: _dead, ...aws } = this.#options;
    const call = callSqs({ ...aws, timeoutMs }, queueUrl, action, body);
    const { status, body: text } = await call.catch(() => {
      throw new SettlementsUnavailable(`the settlement queue does not answer ${action}`);
    });
    if (status === 200) return asObject(parseJson(text));
    throw new SettlementsUnavailable(`the settlement queue answered ${action} with ${status}`);
  }
}

const states: Readonly<Record<string, SettlementReplay['state']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  CANCELLING: 'running',
  CANCELLED: 'cancelled',
};

const readReplay = (task: JsonObject): SettlementReplay => ({
  state: states[asString(task['Status']) ?? ''] ?? 'failed',
  moved: asNumber(task['ApproximateNumberOfMessagesMoved']) ?? 0,
  startedMs: asNumber(task['StartedTimestamp']) ?? 0,
});
