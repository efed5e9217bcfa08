/**
 * Metrics the functions write and the deployment's dashboards and alarms read, named once for both. Data only; `cdk`
 * imports it.
 */

/** In CloudWatch. Every metric is of one region, as CloudWatch's metrics are. */
export const metricNamespace = 'Fairlead';

/** Whose an error is: the closed set errors are counted by. */
export const errorTypes = ['caller', 'policy', 'provider', 'gateway'] as const;
export type ErrorType = (typeof errorTypes)[number];

/** Dimensions, by the field's terms. Every metric has the first; what else it has is said with it. */
export const metricDimensions = {
  deployment: 'Deployment',
  provider: 'Provider',
  errorType: 'ErrorType',
} as const;

export const metricNames = {
  /** Count, by deployment. Requests of operations, refused ones too. */
  requests: 'Requests',
  /** Count, by deployment and error type. */
  errors: 'Errors',
  /** 1 or 0, by deployment, of every request: whether the gateway itself failed. Its average is their share. */
  faults: 'Faults',
  /** Count, by deployment: answers of status 500 and above, which API Gateway counts too. */
  serverErrors: 'ServerErrors',
  /** Milliseconds, by deployment: from the request to the last byte. */
  duration: 'Duration',
  /** Milliseconds, by deployment: what the gateway itself took before a provider was asked. */
  addedLatency: 'AddedLatency',
  /** Milliseconds, by deployment and by provider: of streams, from the request to the first content. */
  timeToFirstToken: 'TimeToFirstToken',
  /** Count, by provider: requests sent to it. */
  attempts: 'Attempts',
  /** Count, by provider: those that failed, whatever the class. */
  attemptFailures: 'AttemptFailures',
  /** Count, by deployment: requests a budget or a rate limit refused. */
  quotaRefusals: 'QuotaRefusals',
  /** Count, by deployment. */
  inputTokens: 'InputTokens',
  outputTokens: 'OutputTokens',
  /** US dollars, by deployment and by provider. */
  cost: 'CostUsd',
  /** Count, by deployment: routes in that state, told while there are any. */
  routesDegraded: 'RoutesDegraded',
  routesFailed: 'RoutesFailed',
  /** Count, by deployment: reads and writes of a store that failed and were reported. */
  storeProblems: 'StoreProblems',
  /** Count, by deployment: a request that broke the gateway itself. */
  defects: 'Defects',
  /** By deployment, from maintenance: replicas not active, keys not usable; zero when all is well. */
  replicasUnavailable: 'ReplicasUnavailable',
  keysUnavailable: 'KeysUnavailable',
} as const;
