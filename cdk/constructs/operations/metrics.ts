import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import {
  metricDimensions,
  metricNames,
  metricNamespace,
  type ErrorType,
} from '../../../lib/telemetry/metric-names.ts';

type Statistic = 'Sum' | 'Maximum' | 'Average' | 'p50' | 'p99';

const minute = Duration.minutes(1);

/** A metric the functions write, of one deployment in one region. */
export const gatewayMetric = (
  deploymentName: string,
  name: keyof typeof metricNames,
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
  name: keyof typeof metricNames,
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
