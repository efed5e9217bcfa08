import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { settlementEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';
import { grantDataKey } from './region-keys.ts';

export interface SettlementQueueProps extends FunctionSurroundings {
  /** The queue's name begins with it. */
  readonly deploymentName: string;
  readonly key: kms.IKey;
}

/** A settlement is tried for about four hours before somebody has to look: 24 times, ten minutes apart. */
const mostDeliveries = 24;
const apart = Duration.minutes(10);

/** Settlements the ledger could not take when they were due, and the function that carries them out. */
export class SettlementQueue extends Construct {
  readonly queue: sqs.Queue;
  /** What could not be carried out at all: somebody has to look, and to have it tried again. */
  readonly dead: sqs.Queue;
  /** Of the function that carries settlements out. */
  readonly role: iam.Role;
  readonly handler: lambda.Function;
  private readonly key: kms.IKey;

  constructor(scope: Construct, id: string, props: SettlementQueueProps) {
    super(scope, id);
    this.key = props.key;
    const settings = {
      fifo: true,
      // Messages name themselves by their ticket, and items of the ledger are independent of each other.
      contentBasedDeduplication: false,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      encryptionMasterKey: props.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      // What is in it has been spent, and is counted nowhere yet. A deployment that fails leaves no queue in the way.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    };
    // Each queue names the other; a name that is fixed is one CloudFormation can tell before the queue is made.
    const queueName = `${props.deploymentName}-settlements.fifo`;
    const queueArn = Stack.of(this).formatArn({ service: 'sqs', resource: queueName });
    this.dead = new sqs.Queue(this, 'Dead', {
      ...settings,
      redriveAllowPolicy: {
        redrivePermission: sqs.RedrivePermission.BY_QUEUE,
        sourceQueues: [sqs.Queue.fromQueueArn(this, 'Source', queueArn)],
      },
    });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...settings,
      queueName,
      visibilityTimeout: apart,
      deadLetterQueue: { queue: this.dead, maxReceiveCount: mostDeliveries },
    });
    const made = nodeFunction(this, {
      ...props,
      entry: settlementEntry,
      description: 'Fairlead: carries out settlements the quota ledger could not take when they were due',
      roleDescription: 'The settlement function: its queue and the quota ledger',
      memoryMb: 256,
      timeout: Duration.minutes(1),
      environment: {},
    });
    this.role = made.role;
    this.handler = made.handler;
    // By its ARN alone: the CDK would let the role decrypt by the queue's key whatever way it comes.
    const polled = sqs.Queue.fromQueueArn(this, 'Polled', this.queue.queueArn);
    this.handler.addEventSource(new SqsEventSource(polled, { batchSize: 10, reportBatchItemFailures: true }));
    grantDataKey(this.role, props.key, 'sqs', 'Decrypt');
  }

  /** Told once the ledger's tables and sites are known. */
  setEnvironment(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) this.handler.addEnvironment(name, value);
  }

  grantSend(role: iam.Role): void {
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    });
    grantDataKey(role, this.key, 'sqs', 'Decrypt', 'GenerateDataKey');
  }

  /**
   * Seeing how many wait, and moving dead ones back
   * (docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html).
   */
  grantReplay(role: iam.Role): void {
    const may = (queue: sqs.Queue, ...actions: readonly string[]): void => {
      iam.Grant.addToPrincipal({
        grantee: role,
        actions: actions.map((action) => `sqs:${action}`),
        resourceArns: [queue.queueArn],
      });
    };
    may(this.queue, 'GetQueueAttributes', 'SendMessage');
    may(
      this.dead,
      'GetQueueAttributes',
      'StartMessageMoveTask',
      'ListMessageMoveTasks',
      'ReceiveMessage',
      'DeleteMessage',
    );
    grantDataKey(role, this.key, 'sqs', 'Decrypt', 'GenerateDataKey');
  }
}
