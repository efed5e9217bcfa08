import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import {
  metricDimensions,
  metricNames,
  metricNamespace,
  type ErrorType,
} from '../../../lib/telemetry/metric-names.ts';

export type Statistic = 'SampleCount' | 'Sum' | 'Minimum' | 'Maximum' | 'Average' | 'p50' | 'p99';

/** One of `lib/telemetry/metric-names.ts`. */
export type GatewayMetric = keyof typeof metricNames;

const minute = Duration.minutes(1);

/** A metric the functions write, of one deployment in one region. */
export const gatewayMetric = (
  deploymentName: string,
  name: GatewayMetric,
  statistic: Statistic,
  more: { readonly errorType?: ErrorType; readonly region?: string; readonly label?: string } = {},
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: metricNamespace,
    metricName: metricNames[name],
    dimensionsMap: {
      [metricDimensions.deployment]: deploymentName,
      ...(more.errorType !== undefined && { [metricDimensions.errorType]: more.errorType }),
    },
    statistic,
    period: minute,
    ...(more.region !== undefined && { region: more.region }),
    ...(more.label !== undefined && { label: more.label }),
  });

/**
 * A metric of every provider. Providers are named by the gateway document at run time, so that a dashboard has to search
 * for them (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).
 */
export function byProvider(
  deploymentName: string,
  name: GatewayMetric,
  statistic: Statistic,
  region?: string,
): cloudwatch.MathExpression {
  const { deployment, provider } = metricDimensions;
  const search = `{${metricNamespace},${deployment},${provider}} MetricName="${metricNames[name]}" ${deployment}="${deploymentName}"`;
  return new cloudwatch.MathExpression({
    expression: `SEARCH('${search}', '${statistic}', 60)`,
    label: '',
    period: minute,
    usingMetrics: {},
    ...(region !== undefined && { searchRegion: region }),
  });
}

/** A metric of an AWS service. */
export const awsMetric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>>,
  statistic: Statistic,
  period = minute,
): cloudwatch.Metric => new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, period });

/**
 * Milliseconds from a write of a table here until a replica has it
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_monitoring.html).
 */
export const replicationLatency = (
  deploymentName: string,
  table: string,
  receiver: string,
): cloudwatch.Metric =>
  awsMetric(
    'AWS/DynamoDB',
    'ReplicationLatency',
    { TableName: `${deploymentName}-${table}`, ReceivingRegion: receiver },
    'Average',
  );
