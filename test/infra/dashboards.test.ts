import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RequestRecord } from '../../lib/domain/decision-record.ts';
import { requestLine } from '../../lib/telemetry.ts';
import { metricDimensions, metricNames } from '../../lib/telemetry/metric-names.ts';
import { alarmsOf, oneRegion, operationsOf, threeRegions } from './operations.ts';

const widgetSchema = z.object({
  type: z.enum(['metric', 'log', 'alarm']),
  width: z.int(),
  x: z.int(),
  properties: z.object({
    title: z.string(),
    region: z.string().optional(),
    stacked: z.boolean().optional(),
    query: z.string().optional(),
    alarms: z.array(z.string()).optional(),
    metrics: z.array(z.array(z.unknown())).optional(),
  }),
});
type Widget = z.output<typeof widgetSchema>;

const bodySchema = z.union([
  z.string(),
  z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) }).transform((text) =>
    text['Fn::Join'][1]
      .map((part) =>
        typeof part === 'string'
          ? part
          : `<${Object.values(part ?? {})
              .flat()
              .join('.')}>`,
      )
      .join(''),
  ),
]);

/** Widgets by dashboard. */
const dashboardsOf = (template: Template): ReadonlyMap<string, readonly Widget[]> =>
  new Map(
    Object.values(template.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => [
      String(Properties['DashboardName']),
      z
        .object({ widgets: z.array(widgetSchema) })
        .parse(JSON.parse(bodySchema.parse(Properties['DashboardBody']))).widgets,
    ]),
  );

const widgetsOf = (template: Template, name: string): readonly Widget[] =>
  dashboardsOf(template).get(name) ?? [];

function widgetOf(widgets: readonly Widget[], title: string): Widget {
  const found = widgets.find(({ properties }) => properties.title === title);
  if (found === undefined) throw new Error(`there is no widget "${title}"`);
  return found;
}

/** A row of `metrics` that names a metric; its options, which stand last, are kept apart. */
function read(row: readonly unknown[]): { readonly names: readonly string[]; readonly options: object } {
  const last = row.at(-1);
  const options = typeof last === 'object' && last !== null ? last : {};
  return { names: row.filter((each) => typeof each === 'string'), options };
}

const one = operationsOf(oneRegion);
const home = operationsOf(threeRegions);
const away = operationsOf(threeRegions, 'eu-central-1');
const regional = widgetsOf(home, 'three-us-east-1');
const global = widgetsOf(home, 'three');

describe('dashboards', () => {
  it('are one of each region and, where there are several, one of all at home', () => {
    expect([...dashboardsOf(one).keys()]).toEqual(['one-us-east-1']);
    expect([...dashboardsOf(home).keys()]).toEqual(['three-us-east-1', 'three']);
    expect([...dashboardsOf(away).keys()]).toEqual(['three-eu-central-1']);
  });

  it.each([
    ['one region', widgetsOf(one, 'one-us-east-1')],
    ['three, at home', regional],
    ['three, elsewhere', widgetsOf(away, 'three-eu-central-1')],
    ['all', global],
  ])('fit the grid and show something in every graph: %s', (_, widgets) => {
    expect(widgets.length).toBeGreaterThan(8);
    for (const { type, x, width, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      if (type === 'metric') expect(properties.metrics?.length ?? 0, properties.title).toBeGreaterThan(0);
    }
  });

  it('name metrics the functions write, of this deployment', () => {
    const own = [...regional, ...global]
      .flatMap(({ properties }) => properties.metrics ?? [])
      .map((row) => read(row).names)
      .filter(([namespace]) => namespace === 'Fairlead');
    expect(own.length).toBeGreaterThan(20);
    for (const [, metric, dimension, value, second] of own) {
      expect(Object.values(metricNames)).toContain(metric);
      expect([dimension, value]).toEqual([metricDimensions.deployment, 'three']);
      expect([undefined, metricDimensions.errorType]).toContain(second);
    }
  });
});

describe('the dashboard of a region', () => {
  it('begins with all its alarms', () => {
    const [first] = regional;
    expect(first?.type).toBe('alarm');
    expect(first?.properties.alarms).toHaveLength(alarmsOf(home).length);
  });

  it('stacks errors by whose they are', () => {
    const { properties } = widgetOf(regional, 'Errors, by whose they are');
    expect(properties.stacked).toBe(true);
    expect(properties.metrics?.map((row) => read(row).names.at(-1))).toEqual([
      'caller',
      'policy',
      'provider',
      'gateway',
    ]);
  });

  it.each([
    ['Time to first token by provider, median, ms', 'TimeToFirstToken', 'p50'],
    ['Attempts by provider', 'Attempts', 'Sum'],
    ['Failed attempts by provider', 'AttemptFailures', 'Sum'],
    ['Spend by provider, USD', 'CostUsd', 'Sum'],
  ])('searches for providers, which are named at run time: %s', (title, metric, statistic) => {
    const search = `SEARCH('{Fairlead,Deployment,Provider} MetricName="${metric}" Deployment="three"', '${statistic}', 60)`;
    expect(widgetOf(regional, title).properties.metrics).toEqual([
      [expect.objectContaining({ expression: search })],
    ]);
  });

  it('reads spend by owner from fields the request lines have', () => {
    const { query = '' } = widgetOf(regional, 'Spend by owner, USD').properties;
    expect(query).toBe(
      'SOURCE \'gateway-log\' | filter event = "request" and ispresent(cost_micro_usd)\n' +
        '| stats sum(cost_micro_usd) / 1000000 as usd, count(*) as requests by customer_id, team_id, virtual_key_id\n' +
        '| sort usd desc\n' +
        '| limit 20',
    );
    const record: RequestRecord = { requestId: 'r', startedMs: 0, durationMs: 1, status: 200, attempts: [] };
    const line = requestLine(record);
    expect(line).toMatchObject({ event: 'request' });
    expect(Object.keys(line)).toEqual(
      expect.arrayContaining(['cost_micro_usd', 'customer_id', 'team_id', 'virtual_key_id']),
    );
  });

  it('shows lag to the others, of governance at home alone', () => {
    const lagOf = (widgets: readonly Widget[]) =>
      widgetOf(widgets, 'Lag of replicas, ms').properties.metrics?.map((row) => read(row).options);
    const labelled = (...labels: readonly string[]) => labels.map((label) => ({ label }));
    expect(lagOf(regional)).toMatchObject(
      labelled(
        'governance to eu-central-1',
        'governance to ap-northeast-1',
        'quotas to eu-central-1',
        'quotas to ap-northeast-1',
      ),
    );
    expect(lagOf(widgetsOf(away, 'three-eu-central-1'))).toMatchObject(
      labelled('quotas to us-east-1', 'quotas to ap-northeast-1'),
    );
  });
});

describe('the dashboard of all regions', () => {
  const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];

  it('has every figure of every region, from where it is', () => {
    // CloudWatch takes a metric without a region of its own from the widget's.
    const regionsOf = ({ properties }: Widget) =>
      properties.metrics?.map(
        (row) => z.object({ region: z.string().default('us-east-1') }).parse(read(row).options).region,
      );
    for (const title of ['Requests', "The gateway's own errors", 'Spend, USD', 'Refused by a limit']) {
      expect(regionsOf(widgetOf(global, title)), title).toEqual(regions);
    }
    for (const region of regions) {
      const { properties } = widgetOf(global, `Failed attempts by provider, ${region}`);
      expect(properties.region).toBe(region);
    }
  });

  it('shows lag of the ledger from each to each', () => {
    const { metrics = [] } = widgetOf(global, 'Lag of the quota ledger, ms').properties;
    expect(metrics.map((row) => read(row).options)).toMatchObject(
      regions.flatMap((from) =>
        regions.filter((to) => to !== from).map((to) => ({ label: `${from} to ${to}` })),
      ),
    );
  });
});
