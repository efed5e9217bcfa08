import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { awsMetric, gatewayMetric, replicationLatency } from '../metrics.ts';
import type { AlarmKind, Watched } from './alarm-kind.ts';

const fiveMinutes = Duration.minutes(5);
const quarter = Duration.minutes(15);

/** Of settlements that wait. */
export function ofSettlements({ queueName, deadQueueName, functions }: Watched): readonly AlarmKind[] {
  return [
    {
      name: 'dead-settlements',
      means: 'settlements were given up: limits count them at their bound until they are replayed',
      metric: awsMetric(
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        { QueueName: deadQueueName },
        'Maximum',
        fiveMinutes,
      ),
      threshold: 1,
      periods: [1, 1],
    },
    {
      name: 'old-settlements',
      means: 'settlements have been waiting for a quarter of an hour: the ledger cannot be written',
      metric: awsMetric(
        'AWS/SQS',
        'ApproximateAgeOfOldestMessage',
        { QueueName: queueName },
        'Maximum',
        fiveMinutes,
      ),
      // Received in vain for the third time, after 20 minutes, a message is left out of the metric
      // (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html).
      threshold: 900,
      periods: [1, 1],
    },
    {
      name: 'settlement-errors',
      means: 'the settlement function itself fails',
      metric: awsMetric('AWS/Lambda', 'Errors', { FunctionName: functions.settlement }, 'Sum', fiveMinutes),
      threshold: 3,
      periods: [2, 3],
    },
  ];
}

/** Of tables and their replicas. */
export function ofTables({
  deploymentName,
  region,
  homeRegion,
  otherRegions,
}: Watched): readonly AlarmKind[] {
  const writtenHere = region === homeRegion ? ['governance', 'quotas'] : ['quotas'];
  return [
    {
      name: 'store-problems',
      means: 'reads or writes of governance, quotas, health or records fail',
      metric: gatewayMetric(deploymentName, 'storeProblems', 'Sum'),
      threshold: 10,
      periods: [3, 5],
    },
    ...(
      [
        ['governance', 'ReadThrottleEvents', 'reads'],
        ['quotas', 'WriteThrottleEvents', 'writes'],
      ] as const
    ).map(([table, metric, what]): AlarmKind => ({
      name: 'table-throttled',
      about: table,
      means: `DynamoDB throttles ${what} of ${table}: its cap, or one hot item`,
      metric: awsMetric('AWS/DynamoDB', metric, { TableName: `${deploymentName}-${table}` }, 'Sum'),
      threshold: 1,
      periods: [3, 5],
    })),
    ...writtenHere.flatMap((table) =>
      otherRegions.map((receiver): AlarmKind => ({
        name: 'replication-lag',
        about: `${table}-${receiver}`,
        means:
          table === 'quotas'
            ? `quotas reach ${receiver} over 30 s late: soft limits are kept less exactly there`
            : `governance reaches ${receiver} over 30 s late: a key that is disabled still serves there`,
        metric: replicationLatency(deploymentName, table, receiver),
        threshold: 30_000,
        periods: [5, 5],
      })),
    ),
  ];
}

/** Of what maintenance looks after, and of the hosts' certificate. */
export function ofRegion({ deploymentName, certificateArn }: Watched): readonly AlarmKind[] {
  return [
    {
      name: 'replicas-unavailable',
      means: 'a replica of a global table does not serve',
      metric: gatewayMetric(deploymentName, 'replicasUnavailable', 'Maximum').with({
        period: quarter,
      }),
      threshold: 1,
      periods: [1, 1],
    },
    {
      name: 'keys-unavailable',
      means: 'a table cannot use its KMS key: DynamoDB gives a replica up after 20 hours of that',
      metric: gatewayMetric(deploymentName, 'keysUnavailable', 'Maximum').with({
        period: quarter,
      }),
      threshold: 1,
      periods: [1, 1],
    },
    {
      name: 'maintenance-missed',
      means: 'maintenance has not finished a look for half an hour: nobody watches replicas and keys',
      // Of the metric it writes, so that the whole way to the two alarms above is watched.
      metric: gatewayMetric(deploymentName, 'replicasUnavailable', 'SampleCount').with({ period: quarter }),
      threshold: 1,
      periods: [2, 2],
      above: false,
      missing: cloudwatch.TreatMissingData.BREACHING,
    },
    ...(certificateArn === undefined
      ? []
      : [
          {
            name: 'certificate-expires',
            means: 'the certificate of the hosts ends within 20 days',
            metric: awsMetric(
              'AWS/CertificateManager',
              'DaysToExpiry',
              { CertificateArn: certificateArn },
              'Minimum',
              Duration.days(1),
            ),
            threshold: 20,
            periods: [1, 1] as const,
            above: false,
            // ACM tells nothing of a certificate that has ended: it has not become better by that.
            missing: cloudwatch.TreatMissingData.IGNORE,
          },
        ]),
  ];
}
