import { metricDimensions, metricNames, metricNamespace } from './metric-names.ts';

type Unit = 'Count' | 'Milliseconds' | 'None';

/** One value of one metric. */
export interface Measured {
  readonly metric: keyof typeof metricNames;
  readonly value: number;
  readonly unit: Unit;
  /** Beside the deployment's. */
  readonly by?: 'provider' | 'errorType';
}

/**
 * Metrics as members of a log line, from which CloudWatch takes them: no call is made for them, and each metric and hour
 * is billed as any custom one
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * @param dimensions values by which some of them are told apart; every metric has the deployment's
 */
export function embedded(
  nowMs: number,
  deployment: string,
  measured: readonly Measured[],
  dimensions: { readonly provider?: string; readonly errorType?: string } = {},
): Readonly<Record<string, unknown>> {
  const sets = new Map<string, { Dimensions: string[][]; Metrics: { Name: string; Unit: Unit }[] }>();
  for (const { metric, unit, by } of measured) {
    const set = sets.get(by ?? '') ?? {
      Dimensions: [[metricDimensions.deployment, ...(by === undefined ? [] : [metricDimensions[by]])]],
      Metrics: [],
    };
    set.Metrics.push({ Name: metricNames[metric], Unit: unit });
    sets.set(by ?? '', set);
  }
  return {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [...sets.values()].map((set) => ({ Namespace: metricNamespace, ...set })),
    },
    [metricDimensions.deployment]: deployment,
    ...(dimensions.provider !== undefined && { [metricDimensions.provider]: dimensions.provider }),
    ...(dimensions.errorType !== undefined && { [metricDimensions.errorType]: dimensions.errorType }),
    ...Object.fromEntries(measured.map(({ metric, value }) => [metricNames[metric], value])),
  };
}
