import { hoursPerMonth, gbSeconds, secondsPerMonth, type Use } from './use.ts';
import { managedEnvironments } from './managed.ts';
import { freeTypes, typesPaidByUse } from './resource-types.ts';
import { at, listAt, numberAt, referred, textAt, type Resource, type StackTemplate } from './template.ts';

/** Templates hold a type nobody has said the price of, or a variant of one. */
export class UnknownPriceError extends Error {
  override readonly name = 'UnknownPriceError';
}

type Standing = (resource: Resource, template: StackTemplate) => readonly Omit<Use, 'region'>[];

const defaultMemoryMb = 128;
/** How long a run of maintenance is taken to last: two calls of DynamoDB, mostly after a cold start. */
const scheduledRunSeconds = 1;
/** Metrics maintenance writes by itself: replicas and keys. */
const scheduledMetrics = 2;
/**
 * Lambda asks a queue that is empty with five pollers, each waiting 20 seconds
 * (docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
 */
const emptyPolls = (5 * secondsPerMonth) / 20;

const memoryOf = (fn: Resource | undefined): number =>
  numberAt(fn?.Properties, 'MemorySize') ?? defaultMemoryMb;

const one =
  (item: Use['item']): Standing =>
  () => [{ item, count: 1 }];
const allMonth =
  (item: Use['item']): Standing =>
  () => [{ item, count: hoursPerMonth }];

const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

/** Runs of a schedule in a month. */
function runsOf(expression: string | undefined): number {
  const [, every, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression ?? '') ?? [];
  const minutes = Number(every) * (minutesOf[unit] ?? NaN);
  if (Number.isNaN(minutes)) throw new UnknownPriceError(`a schedule that is no rate: ${expression ?? ''}`);
  return (hoursPerMonth * 60) / minutes;
}

const runs = (fn: Resource | undefined, times: number): readonly Omit<Use, 'region'>[] => [
  { item: 'lambdaRequests', count: times },
  { item: 'lambdaDuration', count: times * gbSeconds(memoryOf(fn), scheduledRunSeconds) },
  { item: 'metric', count: scheduledMetrics },
];

/** Environments of a version that are kept whether they are used or not. */
function warm({ Properties }: Resource, template: StackTemplate): readonly Omit<Use, 'region'>[] {
  const kept = provisionedOf(Properties);
  const memoryMb = memoryOf(referred(template, at(Properties, 'FunctionName')));
  return kept === 0 ? [] : [{ item: 'provisioned', count: kept * gbSeconds(memoryMb, secondsPerMonth) }];
}

export const provisionedOf = (properties: Resource['Properties']): number =>
  numberAt(properties, 'ProvisionedConcurrencyConfig', 'ProvisionedConcurrentExecutions') ?? 0;

function onInstances(resource: Resource, template: StackTemplate): readonly Omit<Use, 'region'>[] {
  const managed = managedEnvironments(resource, template);
  return managed === undefined ? [] : [{ item: managed.item, count: managed.vcpus * hoursPerMonth }];
}

/** Types that cost something every hour they are there. */
export const standing: Readonly<Record<string, Standing>> = {
  'AWS::KMS::Key': one('key'),
  'AWS::CloudWatch::Alarm': ({ Properties }) => [
    {
      item: 'alarm',
      count:
        at(Properties, 'MetricName') !== undefined
          ? 1
          : listAt(Properties, 'Metrics').filter((metric) => at(metric, 'MetricStat') !== undefined).length,
    },
  ],
  'AWS::CloudWatch::Dashboard': one('dashboard'),
  'AWS::Route53::HostedZone': one('hostedZone'),
  'AWS::Route53::HealthCheck': one('healthCheck'),
  'AWS::WAFv2::WebACL': ({ Properties }) => [
    { item: 'firewall', count: 1 },
    { item: 'firewallRule', count: listAt(Properties, 'Rules').length },
  ],
  'AWS::EC2::NatGateway': allMonth('natGateway'),
  'AWS::EC2::EIP': allMonth('publicAddress'),
  'AWS::EC2::VPCEndpoint': ({ Properties }) =>
    textAt(Properties, 'VpcEndpointType') === 'Interface'
      ? [{ item: 'endpoint', count: listAt(Properties, 'SubnetIds').length * hoursPerMonth }]
      : [],
  'AWS::Events::Rule': ({ Properties }, template) =>
    listAt(Properties, 'Targets').flatMap((target) =>
      runs(referred(template, at(target, 'Arn')), runsOf(textAt(Properties, 'ScheduleExpression'))),
    ),
  'AWS::Lambda::EventSourceMapping': () => [{ item: 'queueRequests', count: emptyPolls }],
  'AWS::Lambda::Version': (resource, template) => [
    ...warm(resource, template),
    ...onInstances(resource, template),
  ],
  'AWS::Lambda::Function': onInstances,
};

/**
 * What a deployment costs while nobody calls it.
 *
 * @throws UnknownPriceError naming every type nobody has said the price of: nothing that is paid for is forgotten
 */
export function standingUses(templates: readonly StackTemplate[]): readonly Use[] {
  const unknown = new Set<string>();
  const uses = templates.flatMap((template) =>
    Object.values(template.resources).flatMap((resource): readonly Use[] => {
      const { Type: type } = resource;
      const { region } = template;
      const uses = standing[type];
      if (uses !== undefined) return uses(resource, template).map((use) => ({ ...use, region }));
      if (!Object.hasOwn(freeTypes, type) && !Object.hasOwn(typesPaidByUse, type)) unknown.add(type);
      return [];
    }),
  );
  if (unknown.size > 0) {
    throw new UnknownPriceError(
      `no price is known of ${[...unknown].sort().join(', ')}: say it in cdk/cost/standing.ts, or in ` +
        'cdk/cost/resource-types.ts why there is none',
    );
  }
  return uses;
}
