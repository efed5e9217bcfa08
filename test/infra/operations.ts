import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as z from 'zod';
import { Operations } from '../../cdk/constructs/operations/operations.ts';
import { readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import { account } from './templates.ts';

const [home, second, third] = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];

export const oneRegion = { name: 'one', account, homeRegion: home, regions: [{ region: home }] };
export const threeRegions = { ...oneRegion, name: 'three', regions: regionsOf(home, second, third) };

function regionsOf(...names: readonly string[]): { region: string }[] {
  return names.map((region) => ({ region }));
}

/** What is watched of one region of a deployment, alone in a stack; what it watches has these names. */
export function operationsOf(input: DeploymentInput, region = input.homeRegion): Template {
  const [deployment] = readDeployments([input]);
  const its = deployment?.regions.find((each) => each.region === region);
  if (deployment === undefined || its === undefined) throw new Error(`${input.name} has no ${region}`);
  const stack = new cdk.Stack(new cdk.App(), 'Stack', { env: { account, region } });
  const key = new kms.Key(stack, 'Key');
  new Operations(stack, 'Operations', {
    deployment,
    region: its,
    key,
    logGroupName: 'gateway-log',
    watched: {
      deploymentName: deployment.name,
      region,
      otherRegions: deployment.regions.map((each) => each.region).filter((each) => each !== region),
      functions: {
        gateway: 'gateway-function',
        admin: 'admin-function',
        settlement: 'settlement-function',
      },
      apiName: 'api',
      stageName: 'live',
      queueName: 'queue',
      deadQueueName: 'dead-queue',
      concurrency: 1_000,
      certificateArn: deployment.domain && its.certificateArn,
    },
  });
  return Template.fromStack(stack);
}

const metricSchema = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]),
});

const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  ...metricSchema.partial().shape,
  Dimensions: metricSchema.shape.Dimensions.optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Period: z.int().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.string().optional(),
        MetricStat: z.object({ Metric: metricSchema, Period: z.int(), Stat: z.string() }).optional(),
      }),
    )
    .optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanThreshold']),
  EvaluationPeriods: z.int(),
  DatapointsToAlarm: z.int(),
  TreatMissingData: z.enum(['notBreaching', 'breaching', 'ignore']),
  AlarmActions: z.array(z.unknown()).default([]),
  OKActions: z.array(z.unknown()).default([]),
});

export type AlarmProperties = z.output<typeof alarmSchema>;

export const alarmsOf = (template: Template): readonly AlarmProperties[] =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) =>
    alarmSchema.parse(Properties),
  );

/** By its name without the deployment's. */
export function alarmOf(template: Template, name: string): AlarmProperties {
  const found = alarmsOf(template).find(({ AlarmName }) => AlarmName.replace(/^[a-z]+-/, '') === name);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

/** One metric an alarm looks at. */
export interface Looked {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

export const metricsOf = ({
  Namespace,
  MetricName,
  Dimensions,
  Metrics = [],
}: AlarmProperties): readonly Looked[] =>
  [
    ...(Namespace === undefined || MetricName === undefined
      ? []
      : [{ Namespace, MetricName, Dimensions: Dimensions ?? [] }]),
    ...Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric])),
  ].map((metric) => ({
    namespace: metric.Namespace,
    name: metric.MetricName,
    dimensions: Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
  }));

/** Headings of a Markdown text as they are linked to, with their level. */
export function headingsOf(markdown: string): readonly { readonly level: number; readonly anchor: string }[] {
  const text = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^(#{1,6}) (.+)$/gm)].map(([, hashes = '', title = '']) => ({
    level: hashes.length,
    anchor: title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  }));
}
