import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { awsMetric, gatewayMetric } from '../metrics.ts';
import type { AlarmKind, Watched } from './alarm-kind.ts';

/**
 * The alarms that take a region out of DNS and a new version back: the gateway's own faults, and nothing a provider does.
 * Each is of one metric, an average over whole minutes, and all of its periods: Route 53 follows no others
 * (docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html).
 */
export function faults({ deploymentName, functions }: Watched): readonly AlarmKind[] {
  return [
    {
      name: 'gateway-faults',
      means:
        'one request in twenty fails by a fault of the gateway or its stores; its hosts lead elsewhere meanwhile',
      metric: gatewayMetric(deploymentName, 'faults', 'Average'),
      threshold: 0.05,
      periods: [2, 2],
    },
    {
      name: 'gateway-crashes',
      // Readers that leave fail their invocations too, which is why it takes so many.
      means:
        'half of all invocations of the gateway fail, as when it does not start; its hosts lead elsewhere meanwhile',
      metric: awsMetric('AWS/Lambda', 'Errors', { FunctionName: functions.gateway }, 'Average'),
      threshold: 0.5,
      periods: [2, 2],
    },
  ];
}

/**
 * Of the version a canary is sent to. Its share of all requests is too small for the alarms above to see that it does not
 * start, and a version that does not start writes no metric of the gateway's.
 */
export const ofNewVersion = ({ functions, canary }: Watched): readonly AlarmKind[] =>
  canary === undefined
    ? []
    : [
        {
          name: 'version-crashes',
          means: 'half of what a new version is sent fails: it is taken back',
          // docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html#metrics-dimensions
          metric: awsMetric(
            'AWS/Lambda',
            'Errors',
            {
              FunctionName: functions.gateway,
              Resource: `${functions.gateway}:${canary.alias}`,
              ExecutedVersion: canary.version,
            },
            'Average',
          ),
          threshold: 0.5,
          periods: [2, 2],
        },
      ];

/** Of the functions and the API in front of them. */
export function ofFunctions({
  functions,
  concurrency,
  deploymentName,
  apiName,
  stageName,
}: Watched): readonly AlarmKind[] {
  const lambda = (metric: string, name: string, statistic: 'Sum' | 'Maximum', period = Duration.minutes(1)) =>
    awsMetric('AWS/Lambda', metric, { FunctionName: name }, statistic, period);
  return [
    {
      name: 'gateway-throttles',
      means: 'Lambda refuses requests: it may serve, or can serve, no more at a time',
      metric: lambda('Throttles', functions.gateway, 'Sum'),
      threshold: 1,
      periods: [2, 3],
    },
    {
      name: 'gateway-concurrency',
      means: `four fifths of the ${concurrency} requests there may be at a time are being served`,
      metric: lambda('ConcurrentExecutions', functions.gateway, 'Maximum'),
      threshold: Math.ceil(concurrency * 0.8),
      periods: [3, 5],
    },
    {
      name: 'added-latency',
      means: 'one request in a hundred spends over a second in the gateway before a provider is asked',
      metric: gatewayMetric(deploymentName, 'addedLatency', 'p99'),
      threshold: 1_000,
      periods: [5, 5],
    },
    {
      name: 'admin-errors',
      means: 'administration fails: a change may not have been made',
      metric: lambda('Errors', functions.admin, 'Sum', Duration.minutes(5)),
      threshold: 1,
      periods: [1, 1],
    },
    {
      name: 'api-errors',
      means: 'API Gateway itself answers 5xx to more requests than the gateway does',
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(api, 0) - FILL(own, 0)',
        label: '5xx without an answer of the gateway',
        period: Duration.minutes(1),
        usingMetrics: {
          api: awsMetric('AWS/ApiGateway', '5XXError', { ApiName: apiName, Stage: stageName }, 'Sum'),
          own: gatewayMetric(deploymentName, 'serverErrors', 'Sum'),
        },
      }),
      threshold: 5,
      periods: [3, 5],
    },
  ];
}

/** Of what callers see of providers. */
export function ofProviders({ deploymentName }: Watched): readonly AlarmKind[] {
  return [
    {
      name: 'providers-failing',
      means: 'callers get errors because no provider answers: no fallback is left, or none is configured',
      metric: new cloudwatch.MathExpression({
        expression: 'IF(failed >= 10 AND failed * 20 >= requests, 1, 0)',
        label: 'providers fail',
        period: Duration.minutes(1),
        usingMetrics: {
          failed: gatewayMetric(deploymentName, 'errors', 'Sum', { errorType: 'provider' }),
          requests: gatewayMetric(deploymentName, 'requests', 'Sum'),
        },
      }),
      threshold: 1,
      periods: [3, 5],
    },
  ];
}
