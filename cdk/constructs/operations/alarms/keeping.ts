import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { awsMetric, gatewayMetric } from '../metrics.ts';
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
      means: 'settlements have been waiting for an hour: the ledger cannot be written',
      metric: awsMetric(
        'AWS/SQS',
        'ApproximateAgeOfOldestMessage',
        { QueueName: queueName },
        'Maximum',
        fiveMinutes,
      ),
      threshold: 3_600,
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
export function ofTables({ deploymentName, otherRegions }: Watched): readonly AlarmKind[] {
  return [
    {
      name: 'store-problems',
      means: 'reads or writes of governance, quotas, health or records fail',
      metric: gatewayMetric(deploymentName, 'storeProblems', 'Sum', {}),
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
    ...['governance', 'quotas'].flatMap((table) =>
      otherRegions.map((receiver): AlarmKind => ({
        name: 'replication-lag',
        about: `${table}-${receiver}`,
        means: `${table} reaches ${receiver} over 30 s late: limits that are soft are kept less exactly there`,
        metric: awsMetric(
          'AWS/DynamoDB',
          'ReplicationLatency',
          { TableName: `${deploymentName}-${table}`, ReceivingRegion: receiver },
          'Average',
        ),
        threshold: 30_000,
        periods: [5, 5],
      })),
    ),
  ];
}

/** Of what maintenance looks after, and of the hosts' certificate. */
export function ofRegion({ deploymentName, functions, certificateArn }: Watched): readonly AlarmKind[] {
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
      means: 'maintenance has not run for an hour, and nobody watches replicas and keys',
      metric: awsMetric('AWS/Lambda', 'Invocations', { FunctionName: functions.maintenance }, 'Sum', quarter),
      threshold: 1,
      periods: [4, 4],
      above: false,
      missing: cloudwatch.TreatMissingData.BREACHING,
    },
    {
      name: 'maintenance-errors',
      means: 'maintenance fails, and nobody watches replicas and keys',
      metric: awsMetric('AWS/Lambda', 'Errors', { FunctionName: functions.maintenance }, 'Sum', quarter),
      threshold: 1,
      periods: [2, 2],
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
              'Maximum',
              Duration.days(1),
            ),
            threshold: 20,
            periods: [1, 1] as const,
            above: false,
          },
        ]),
  ];
}
