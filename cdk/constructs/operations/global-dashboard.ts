import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ErrorType } from '../../../lib/telemetry/metric-names.ts';
import {
  byProvider,
  gatewayMetric,
  replicationLatency,
  type GatewayMetric,
  type Statistic,
} from './metrics.ts';

/** All regions of a deployment side by side. In the home region; the figures are each region's own. */
export class GlobalDashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { deploymentName, regions }: { readonly deploymentName: string; readonly regions: readonly string[] },
  ) {
    super(scope, id);
    const inEach = (
      title: string,
      name: GatewayMetric,
      statistic: Statistic,
      more: { readonly errorType?: ErrorType } = {},
    ): cloudwatch.IWidget =>
      new cloudwatch.GraphWidget({
        title,
        width: 12,
        left: regions.map((region) =>
          gatewayMetric(deploymentName, name, statistic, { ...more, region, label: region }),
        ),
      });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: deploymentName,
      widgets: [
        [
          inEach('Requests', 'requests', 'Sum'),
          inEach("The gateway's own errors", 'errors', 'Sum', { errorType: 'gateway' }),
        ],
        [
          inEach('Errors of providers', 'errors', 'Sum', { errorType: 'provider' }),
          inEach('Added latency, 99th percentile, ms', 'addedLatency', 'p99'),
        ],
        [
          inEach('Time to first token, median, ms', 'timeToFirstToken', 'p50'),
          inEach('Spend, USD', 'cost', 'Sum'),
        ],
        [
          inEach('Refused by a limit', 'quotaRefusals', 'Sum'),
          inEach('Routes that failed', 'routesFailed', 'Maximum'),
        ],
        [
          inEach('Replicas that do not serve', 'replicasUnavailable', 'Maximum'),
          new cloudwatch.GraphWidget({
            title: 'Lag of the quota ledger, ms',
            width: 12,
            left: regions.flatMap((region) =>
              regions
                .filter((receiver) => receiver !== region)
                .map((receiver) =>
                  replicationLatency(deploymentName, 'quotas', receiver).with({
                    region,
                    label: `${region} to ${receiver}`,
                  }),
                ),
            ),
          }),
        ],
        regions.map(
          (region) =>
            new cloudwatch.GraphWidget({
              title: `Failed attempts by provider, ${region}`,
              width: Math.floor(24 / Math.min(regions.length, 3)),
              region,
              left: [byProvider(deploymentName, 'attemptFailures', 'Sum', region)],
            }),
        ),
      ],
    });
  }
}
