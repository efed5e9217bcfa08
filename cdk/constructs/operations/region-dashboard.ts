import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { errorTypes } from '../../../lib/telemetry/metric-names.ts';
import type { Watched } from './alarms/alarm-kind.ts';
import { awsMetric, byProvider, gatewayMetric, replicationLatency } from './metrics.ts';

export interface RegionDashboardProps {
  readonly watched: Watched;
  readonly alarms: readonly cloudwatch.IAlarm[];
  /** Of the gateway function: spend by owner is read from its lines, so that no owner costs a metric. */
  readonly logGroupName: string;
}

/** Everything to look at of one region, what rings first. */
export class RegionDashboard extends Construct {
  constructor(scope: Construct, id: string, { watched, alarms, logGroupName }: RegionDashboardProps) {
    super(scope, id);
    const { deploymentName: name, region, functions } = watched;
    const graph = (
      title: string,
      left: cloudwatch.IMetric[],
      more: Partial<cloudwatch.GraphWidgetProps> = {},
    ) => new cloudwatch.GraphWidget({ title, left, width: 8, ...more });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `${name}-${region}`,
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 })],
        [
          graph('Requests', [gatewayMetric(name, 'requests', 'Sum')]),
          graph(
            'Errors, by whose they are',
            errorTypes.map((errorType) =>
              gatewayMetric(name, 'errors', 'Sum', { errorType, label: errorType }),
            ),
            { stacked: true },
          ),
          graph('Refused by a limit', [gatewayMetric(name, 'quotaRefusals', 'Sum')]),
        ],
        [
          graph('Added latency, ms', [
            gatewayMetric(name, 'addedLatency', 'p50', { label: 'median' }),
            gatewayMetric(name, 'addedLatency', 'p99', { label: '99th percentile' }),
          ]),
          graph('Time to first token by provider, median, ms', [byProvider(name, 'timeToFirstToken', 'p50')]),
          graph('Duration, ms', [
            gatewayMetric(name, 'duration', 'p50', { label: 'median' }),
            gatewayMetric(name, 'duration', 'p99', { label: '99th percentile' }),
          ]),
        ],
        [
          graph('Attempts by provider', [byProvider(name, 'attempts', 'Sum')]),
          graph('Failed attempts by provider', [byProvider(name, 'attemptFailures', 'Sum')]),
          graph('Routes not healthy', [
            gatewayMetric(name, 'routesDegraded', 'Maximum', { label: 'degraded' }),
            gatewayMetric(name, 'routesFailed', 'Maximum', { label: 'failed' }),
          ]),
        ],
        [
          graph('Spend by provider, USD', [byProvider(name, 'cost', 'Sum')]),
          graph('Tokens', [
            gatewayMetric(name, 'inputTokens', 'Sum', { label: 'in' }),
            gatewayMetric(name, 'outputTokens', 'Sum', { label: 'out' }),
          ]),
          spendByOwner(logGroupName),
        ],
        [
          graph('Environments in use', [
            awsMetric('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: functions.gateway }, 'Maximum'),
            awsMetric('AWS/Lambda', 'Throttles', { FunctionName: functions.gateway }, 'Sum'),
          ]),
          graph('Settlements that wait', [
            queue(watched.queueName, 'waiting'),
            queue(watched.deadQueueName, 'given up'),
          ]),
          graph('Store problems and defects', [
            gatewayMetric(name, 'storeProblems', 'Sum', { label: 'store problems' }),
            gatewayMetric(name, 'defects', 'Sum', { label: 'defects' }),
          ]),
        ],
        [
          graph('Replicas and keys that do not serve', [
            gatewayMetric(name, 'replicasUnavailable', 'Maximum', { label: 'replicas' }),
            gatewayMetric(name, 'keysUnavailable', 'Maximum', { label: 'keys' }),
          ]),
          // CloudWatch takes no graph of nothing.
          ...(watched.otherRegions.length === 0
            ? []
            : [graph('Lag of replicas, ms', lagOf(watched), { width: 16 })]),
        ],
      ],
    });
  }
}

const queue = (queueName: string, label: string): cloudwatch.IMetric =>
  awsMetric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queueName }, 'Maximum').with({
    label,
  });

/** How late what is written here arrives elsewhere; governance is written at home alone. */
const lagOf = ({ deploymentName, region, homeRegion, otherRegions }: Watched): cloudwatch.IMetric[] =>
  (region === homeRegion ? ['governance', 'quotas'] : ['quotas']).flatMap((table) =>
    otherRegions.map((receiver) =>
      replicationLatency(deploymentName, table, receiver).with({ label: `${table} to ${receiver}` }),
    ),
  );

function spendByOwner(logGroupName: string): cloudwatch.IWidget {
  return new cloudwatch.LogQueryWidget({
    title: 'Spend by owner, USD',
    width: 8,
    logGroupNames: [logGroupName],
    view: cloudwatch.LogQueryVisualizationType.TABLE,
    queryLines: [
      'filter event = "request" and ispresent(cost_micro_usd)',
      'stats sum(cost_micro_usd) / 1000000 as usd, count(*) as requests by customer_id, team_id, virtual_key_id',
      'sort usd desc',
      'limit 20',
    ],
  });
}
