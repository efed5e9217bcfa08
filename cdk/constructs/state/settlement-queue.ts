import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { settlementEntry } from '../code/bundle.ts';
import { bundledCode } from '../code/bundled-code.ts';

export interface SettlementQueueProps {
  readonly logRetention: logs.RetentionDays;
  readonly environment: Record<string, string>;
}

/** A settlement is tried for about four hours before somebody has to look: 24 times, ten minutes apart. */
const mostDeliveries = 24;
const apart = Duration.minutes(10);

/** Settlements the ledger could not take when they were due, and the function that carries them out. */
export class SettlementQueue extends Construct {
  readonly url: string;
  /** Of the function that carries settlements out. */
  readonly role: iam.Role;
  private readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: SettlementQueueProps) {
    super(scope, id);
    const settings = {
      fifo: true,
      // Messages name themselves by their ticket, and items of the ledger are independent of each other.
      contentBasedDeduplication: false,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    const dead = new sqs.Queue(this, 'Dead', settings);
    this.queue = new sqs.Queue(this, 'Queue', {
      ...settings,
      visibilityTimeout: apart,
      deadLetterQueue: { queue: dead, maxReceiveCount: mostDeliveries },
    });
    this.url = this.queue.queueUrl;

    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'The settlement function: its queue and the quota ledger',
    });
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: props.logRetention });
    logGroup.grantWrite(this.role);
    const handler = new lambda.Function(this, 'Function', {
      description: 'Fairlead: carries out settlements the quota ledger could not take when they were due',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: bundledCode(settlementEntry),
      handler: 'index.handler',
      memorySize: 256,
      timeout: Duration.minutes(1),
      role: this.role,
      logGroup,
      environment: props.environment,
    });
    handler.addEventSource(new SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true }));
  }

  grantSend(role: iam.Role): void {
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    });
  }
}
