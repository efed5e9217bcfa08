import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { billOf, type Bill, type Line } from '../../cdk/cost/bill.ts';
import { checked, numbersOf, readFlags } from '../../cdk/cost/flags.ts';
import { containerBill } from '../../cdk/cost/peers.ts';
import { inventoriesOf } from '../../cdk/cost/inventory.ts';
import { priceIn, type PriceName } from '../../cdk/cost/price.ts';
import { listPrices } from '../../cdk/cost/price-list.ts';
import { reportOf, textOf } from '../../cdk/cost/report.ts';
import { freeTypes, typesPaidByUse } from '../../cdk/cost/resource-types.ts';
import { standing, standingUses } from '../../cdk/cost/standing.ts';
import { templatesOf } from '../../cdk/cost/synthesis.ts';
import { ledgerWrites, tableUses } from '../../cdk/cost/table-uses.ts';
import { templateSchema, type StackTemplate } from '../../cdk/cost/template.ts';
import { trafficSchema } from '../../cdk/cost/traffic.ts';
import { trafficUses } from '../../cdk/cost/traffic-uses.ts';
import { readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import { airgapped, prod, vpc } from '../../cdk/examples.ts';
import { account } from './templates.ts';

const usual = trafficSchema.parse({});
const none = trafficSchema.parse({ requests: 0 });

const stack = (resources: object, region = 'us-east-1'): StackTemplate => ({
  stack: 'one',
  region,
  resources: templateSchema.parse({ Resources: resources }).Resources,
});

/** What is counted of one resource, and of those it refers to, in a month in which nothing happens. */
const counted = (Type: string, Properties: object = {}, more: object = {}): readonly [PriceName, number][] =>
  standingUses([stack({ One: { Type, Properties }, ...more })]).map(({ item, count }) => [item, count]);

/** Not validated: other tests do that. */
function templates(input: DeploymentInput): readonly StackTemplate[] {
  vi.stubEnv('CDK_VALIDATION', 'false');
  const made = readDeployments([input]).flatMap(templatesOf);
  vi.unstubAllEnvs();
  return made;
}

const twoRegions = {
  name: 'two',
  account,
  homeRegion: 'us-east-1',
  regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }],
} satisfies DeploymentInput;

const ofTwo = templates(twoRegions);
const ofVpc = templates(vpc);
const ofAirgapped = templates(airgapped);
const ofProd = templates(prod);

const lineOf = (bill: Bill, item: PriceName, region?: string): Line | undefined =>
  bill.regions
    .filter((each) => region === undefined || each.region === region)
    .flatMap(({ lines }) => lines)
    .find((line) => line.item === item);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const regional = {
  region: 'us-east-1',
  tables: [],
  gatewayMemoryMb: 1_024,
  provisioned: 0,
  isPrivate: false,
  hasNat: false,
  hasVpc: false,
  hasFlowLog: false,
  traced: false,
  logDays: 30,
};

const usesOf = (inventory: object, traffic: object = {}): Readonly<Partial<Record<PriceName, number>>> =>
  Object.fromEntries(
    trafficUses([{ ...regional, ...inventory }], { ...usual, ...traffic }).map(({ item, count }) => [
      item,
      count,
    ]),
  );

describe('what a resource costs by being there', () => {
  it('charges keys, dashboards, zones and health checks by the piece', () => {
    expect(counted('AWS::KMS::Key')).toEqual([['key', 1]]);
    expect(counted('AWS::CloudWatch::Dashboard')).toEqual([['dashboard', 1]]);
    expect(counted('AWS::Route53::HostedZone')).toEqual([['hostedZone', 1]]);
    expect(counted('AWS::Route53::HealthCheck')).toEqual([['healthCheck', 1]]);
  });

  it('charges an alarm for each metric it reads, not for the expression over them', () => {
    expect(counted('AWS::CloudWatch::Alarm', { MetricName: 'Errors' })).toEqual([['alarm', 1]]);
    const metrics = [
      { Id: 'a', Expression: 'm + n' },
      { Id: 'm', MetricStat: {} },
      { Id: 'n', MetricStat: {} },
    ];
    expect(counted('AWS::CloudWatch::Alarm', { Metrics: metrics })).toEqual([['alarm', 2]]);
  });

  it('charges interface endpoints by the hour and zone, and gateway endpoints not at all', () => {
    const inTwoZones = { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] };
    expect(counted('AWS::EC2::VPCEndpoint', inTwoZones)).toEqual([['endpoint', 1_460]]);
    expect(counted('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' })).toEqual([]);
    expect(counted('AWS::EC2::NatGateway')).toEqual([['natGateway', 730]]);
    expect(counted('AWS::EC2::EIP')).toEqual([['publicAddress', 730]]);
  });

  it('charges a web ACL and each of its rules', () => {
    expect(counted('AWS::WAFv2::WebACL', { Rules: [{}, {}, {}] })).toEqual([
      ['firewall', 1],
      ['firewallRule', 3],
    ]);
  });

  it('charges the empty polls of a queue', () => {
    expect(counted('AWS::Lambda::EventSourceMapping')).toEqual([['queueRequests', 657_000]]);
  });

  it('charges a schedule for its runs, by the memory of the function it calls', () => {
    const rule = {
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] } }],
    };
    const fn = { Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512 } } };
    expect(counted('AWS::Events::Rule', rule, fn)).toEqual([
      ['lambdaRequests', 2_920],
      ['lambdaDuration', 1_460],
      ['metric', 2],
    ]);
    expect(() =>
      counted('AWS::Events::Rule', { ...rule, ScheduleExpression: 'cron(0 * * * ? *)' }, fn),
    ).toThrow('cron(0 * * * ? *)');
  });

  it('charges environments a version keeps for their memory all month', () => {
    const version = {
      FunctionName: { Ref: 'Fn' },
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    };
    const fn = { Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024 } } };
    expect(counted('AWS::Lambda::Version', version, fn)).toEqual([['provisioned', 2 * 730 * 3_600]]);
  });

  it('charges managed instances for the vCPUs of the environments there are at least', () => {
    const managed = (gibPerVcpu: number, more: object = {}) => ({
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          MemorySize: 4_096,
          CapacityProviderConfig: {
            LambdaManagedInstancesCapacityProviderConfig: {
              ExecutionEnvironmentMemoryGiBPerVCpu: gibPerVcpu,
            },
          },
          ...more,
        },
      },
    });
    const version = { FunctionName: { Ref: 'Fn' }, FunctionScalingConfig: { MinExecutionEnvironments: 5 } };
    expect(counted('AWS::Lambda::Version', version, managed(2))).toEqual([['computeVcpus', 10 * 730]]);
    expect(counted('AWS::Lambda::Version', version, managed(4))).toEqual([['generalVcpus', 5 * 730]]);
    expect(counted('AWS::Lambda::Version', { FunctionName: { Ref: 'Fn' } }, managed(8))).toEqual([
      ['memoryVcpus', 1.5 * 730],
    ]);
    // Its unpublished code has environments only where it is told to.
    const published = counted(
      'AWS::Lambda::Version',
      version,
      managed(2, { PublishToLatestPublished: true }),
    );
    expect(published).toEqual([
      ['computeVcpus', 10 * 730],
      ['computeVcpus', 6 * 730],
    ]);
    const plain = { Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 4_096 } } };
    expect(counted('AWS::Lambda::Version', version, plain)).toEqual([]);
  });

  it('fails at types nobody has said the price of, and names them all', () => {
    const unknown = {
      A: { Type: 'AWS::OpenSearchService::Domain' },
      B: { Type: 'AWS::IAM::Role' },
      C: { Type: 'AWS::ElastiCache::CacheCluster' },
    };
    expect(() => standingUses([stack(unknown)])).toThrow(
      'no price is known of AWS::ElastiCache::CacheCluster, AWS::OpenSearchService::Domain:',
    );
  });

  it('fails at a table that is provisioned, or is none of the schema', () => {
    const api = { Type: 'AWS::ApiGateway::RestApi' };
    const table = (TableName: string, BillingMode: string) => ({
      Api: api,
      Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName, BillingMode } },
    });
    expect(() => billOf([stack(table('a-quotas', 'PROVISIONED'))], usual)).toThrow('"quotas"');
    expect(() => billOf([stack(table('a-sessions', 'PAY_PER_REQUEST'))], usual)).toThrow('"sessions"');
    expect(() => billOf([stack(table('a-quotas', 'PAY_PER_REQUEST'))], usual)).not.toThrow();
  });

  it('knows no type twice, and none that no deployment has', () => {
    const known = [...Object.keys(freeTypes), ...Object.keys(typesPaidByUse), ...Object.keys(standing)];
    expect(known.filter((type, index) => known.indexOf(type) < index)).toEqual([]);
    const walled = templates({ ...twoRegions, firewall: { blockedRanges: ['192.0.2.0/24'] } });
    const deployed = [ofTwo, ofVpc, ofAirgapped, ofProd, walled].flat();
    const types = new Set(
      deployed.flatMap(({ resources }) => Object.values(resources).map(({ Type }) => Type)),
    );
    expect(known.filter((type) => !types.has(type))).toEqual([]);
  });
});

describe('list prices', () => {
  it('are those of the region, for one counted thing', () => {
    expect(priceIn('tableWrites', 'us-east-1').usd * 1e6).toBeCloseTo(0.625, 9);
    expect(priceIn('tableWrites', 'eu-central-1')).toEqual({ usd: 0.7625 / 1e6, confirmed: true });
    expect(priceIn('key', 'sa-east-1')).toEqual({ usd: 1, confirmed: true });
  });

  it('are taken of us-east-1, and said to be unconfirmed, where a region is not known', () => {
    expect(priceIn('natGateway', 'sa-east-1')).toEqual({ usd: 0.045, confirmed: false });
    expect(priceIn('apiRequests', 'ap-northeast-1').confirmed).toBe(false);
    expect(priceIn('computeVcpus', 'us-east-1').confirmed).toBe(false);
  });

  it('name AWS’s page, and are above nothing', () => {
    for (const price of Object.values(listPrices)) {
      expect(price.page).toMatch(/^https:\/\/aws\.amazon\.com\/[\w/-]+\/pricing\/$/);
      expect(Math.min(price.usd, ...Object.values(price.elsewhere ?? {}))).toBeGreaterThan(0);
    }
  });
});

describe('the bill of a deployment', () => {
  const bill = billOf(ofTwo, usual);

  it('adds up, from lines to regions and from regions to the whole', () => {
    for (const { lines, idleUsd, atTrafficUsd } of bill.regions) {
      expect(idleUsd).toBeCloseTo(sum(lines.map(({ idle }) => idle.usd)), 9);
      expect(atTrafficUsd).toBeCloseTo(sum(lines.map(({ atTraffic }) => atTraffic.usd)), 9);
      for (const { unitUsd, unitSize, atTraffic } of lines) {
        expect(atTraffic.usd).toBeCloseTo((atTraffic.count / unitSize) * unitUsd, 9);
      }
    }
    expect(bill.idleUsd).toBeCloseTo(sum(bill.regions.map(({ idleUsd }) => idleUsd)), 9);
    expect(bill.atTrafficUsd).toBeCloseTo(sum(bill.regions.map(({ atTrafficUsd }) => atTrafficUsd)), 9);
    expect(bill.regions.map(({ region }) => region).sort()).toEqual(['eu-central-1', 'us-east-1']);
  });

  it('costs about 10 $ idle in two public regions, with what every account has free', () => {
    expect(bill.idleUsd - bill.alwaysFree.idleUsd).toBeLessThan(11);
    expect(bill.idleUsd - bill.alwaysFree.idleUsd).toBeGreaterThan(5);
  });

  it('takes an allowance off once, however many regions use it', () => {
    const dashboards = bill.regions.flatMap(({ lines }) => lines.filter(({ item }) => item === 'dashboard'));
    expect(sum(dashboards.map(({ idle }) => idle.count))).toBe(3);
    const without = bill.alwaysFree.idleUsd;
    const { alwaysFree } = billOf([...ofTwo, stack({ D: { Type: 'AWS::CloudWatch::Dashboard' } })], usual);
    expect(alwaysFree.idleUsd).toBeCloseTo(without, 9);
  });

  it('is the same idle and at no traffic', () => {
    const idle = billOf(ofTwo, none);
    expect(idle.atTrafficUsd).toBe(idle.idleUsd);
    expect(idle.idleUsd).toBeCloseTo(bill.idleUsd, 9);
  });

  it('grows with requests in proportion, where AWS counts them or their time', () => {
    const twice = billOf(ofTwo, { ...usual, requests: 2 * usual.requests });
    for (const item of [
      'apiRequests',
      'lambdaDuration',
      'logBytes',
      'internetOut',
      'betweenRegions',
    ] as const) {
      const [once, doubled] = [bill, twice].map((each) => lineOf(each, item, 'us-east-1'));
      const added = (line: Line | undefined): number =>
        (line?.atTraffic.count ?? 0) - (line?.idle.count ?? 0);
      expect(added(doubled)).toBeCloseTo(2 * added(once), 6);
      expect(added(once)).toBeGreaterThan(0);
    }
    expect(lineOf(twice, 'key')?.atTraffic.count).toBe(lineOf(bill, 'key')?.idle.count);
  });

  it('charges what Lambda charges for a million streams of 5 s: 115 $ at 1,769 MB', () => {
    const lines = bill.regions.map(({ region }) => lineOf(bill, 'lambdaDuration', region));
    expect(sum(lines.map((line) => (line?.atTraffic.usd ?? 0) - (line?.idle.usd ?? 0)))).toBeCloseTo(
      115.17,
      2,
    );
    expect(lineOf(bill, 'apiRequests', 'us-east-1')?.atTraffic.usd).toBe(1.75);
    expect(lineOf(bill, 'apiRequests', 'eu-central-1')?.atTraffic.usd).toBe(1.85);
  });

  it('charges a long answer as a request for each 10 MB, and its bytes over 6 MB', () => {
    const long = usesOf({}, { outputKb: 10 * 1_024 + 1 });
    expect(long.apiRequests).toBe(2_000_000);
    expect(long.streamedBytes).toBeCloseTo((1e6 * (4 * 1_024 + 1)) / 1_024 ** 2, 6);
    expect(usesOf({}).streamedBytes).toBe(0);
  });
});

describe('the tables', () => {
  it('are written twice for a hard limit, once for a soft one and for what an owner consumed', () => {
    const writes = (softQuotas: number, hardQuotas: number, owners: number, attempts = 1): number =>
      ledgerWrites({ softQuotas, hardQuotas, owners, attempts });
    expect(writes(3, 0, 0)).toBe(3);
    expect(writes(0, 3, 0)).toBe(6);
    expect(writes(1, 1, 2)).toBe(5);
    expect(writes(1, 1, 2, 1.5)).toBe(6);
  });

  it('are written at every replica: the ledger by all requests, decisions by the region’s own', () => {
    const [inventory] = [{ tables: [{ table: 'quotas', recovered: false } as const] }];
    const written = (regions: number): number =>
      sum(
        tableUses({ ...regional, ...inventory }, usual, usual.requests / regions, regions)
          .filter(({ item }) => item === 'tableWrites')
          .map(({ count }) => count),
      );
    expect(written(1)).toBe(2_000_000);
    expect(written(3)).toBe(2_000_000);
    const decisions = { tables: [{ table: 'decisions', recovered: false } as const] };
    const [writes] = tableUses({ ...regional, ...decisions }, usual, usual.requests / 4, 4);
    expect(writes).toEqual({ item: 'tableWrites', count: 500_000 });
  });

  it('keep a second copy of governance alone, where it can be put back', () => {
    const recovery = lineOf(billOf(ofTwo, usual), 'tableRecovery');
    expect(recovery?.idle.count).toBe(0.1);
  });

  it('are written for health up to what is sampled of each route', () => {
    const health = { tables: [{ table: 'health', recovered: false } as const] };
    const busy = { ...usual, requests: 1e9, providers: 1 };
    const [writes] = tableUses({ ...regional, ...health }, busy, 1e9, 1);
    // Twenty attempts of two items a second, and nine writes of a snapshot every five: eight of two units, and a claim.
    expect((writes?.count ?? 0) / (730 * 3_600)).toBeCloseTo(40 + 17 / 5, 6);
  });
});

describe('what a request costs depends on the way it takes', () => {
  const answersGb = (1e6 * 4) / 1_024 ** 2;
  const questionsGb = (1e6 * 1.5) / 1_024 ** 2;

  it('leaves to the internet directly, or through NAT, or not at all', () => {
    expect(usesOf({}).internetOut).toBeCloseTo(answersGb + questionsGb, 9);
    expect(usesOf({}).natBytes).toBe(0);
    expect(usesOf({ hasVpc: true, hasNat: true }).natBytes).toBeCloseTo(answersGb + questionsGb, 9);
    const closed = usesOf({ hasVpc: true, isPrivate: true });
    expect(closed.internetOut).toBe(0);
    expect(closed.endpointBytes).toBeCloseTo(2 * (answersGb + questionsGb), 9);
  });

  it('passes a firewall, which looks at more than 16 KB for more, and only where it is told to', () => {
    expect(usesOf({}).firewallRequests).toBeUndefined();
    expect(usesOf({ firewallKb: 64 })).toMatchObject({ firewallRequests: 1e6, firewallBodies: 0 });
    expect(usesOf({ firewallKb: 64 }, { inputKb: 40 }).firewallBodies).toBe(2e6);
    expect(usesOf({ firewallKb: 64 }, { inputKb: 400 }).firewallBodies).toBe(3e6);
    expect(usesOf({ firewallKb: 16 }, { inputKb: 40 }).firewallBodies).toBe(0);
  });

  it('runs in provisioned environments first, as far as they go', () => {
    // A million requests of 5 s keep 1.9 environments busy: one is provisioned, the rest comes on demand.
    const { provisionedDuration = 0, lambdaDuration = 0 } = usesOf({ provisioned: 1 });
    expect(provisionedDuration).toBe(730 * 3_600);
    expect(provisionedDuration + lambdaDuration).toBe(5e6);
    expect(usesOf({ provisioned: 9 }).lambdaDuration).toBe(0);
  });

  it('runs on managed instances as far as it is told to, and pays for more of them only when they are full', () => {
    const managed = { managed: { vcpus: 3, requests: 192, item: 'generalVcpus' } };
    expect(usesOf(managed).lambdaDuration).toBe(5e6);
    expect(usesOf(managed, { managedShare: 1 })).toMatchObject({ lambdaDuration: 0, generalVcpus: 0 });
    const full = usesOf(managed, { managedShare: 1, requests: (384 / 5) * 730 * 3_600 });
    expect(full.generalVcpus).toBeCloseTo(3 * 730, 6);
  });

  it('is traced, and told to a bucket, where that is asked for', () => {
    expect(usesOf({})).toMatchObject({ trace: 0 });
    expect(usesOf({ traced: true }).trace).toBeGreaterThan(0.8e6);
    expect(usesOf({}).objectWrites).toBeUndefined();
    expect(usesOf({ promptDays: 60 })).toMatchObject({ objectWrites: 1e6 });
    expect(usesOf({ promptDays: 60 }).objectStorage).toBeCloseTo(2 * (answersGb + questionsGb), 9);
  });

  it('writes metrics in the hours that have requests', () => {
    expect(usesOf({}).metric).toBeCloseTo(14 + 4 * 3, 6);
    expect(usesOf({}, { requests: 1 }).metric).toBeLessThan(0.1);
  });
});

describe('a region with a second gateway on managed instances', () => {
  const alias = (fn: string) => ({ Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: fn } } });
  const version = (fn: string, more: object) => ({
    Type: 'AWS::Lambda::Version',
    Properties: { FunctionName: { Ref: fn }, ...more },
  });
  const config = { ExecutionEnvironmentMemoryGiBPerVCpu: 2, PerExecutionEnvironmentMaxConcurrency: 100 };
  const both = stack({
    Api: { Type: 'AWS::ApiGateway::RestApi' },
    Managed: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        MemorySize: 4_096,
        CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: config },
      },
    },
    ManagedVersion: version('Managed', { FunctionScalingConfig: { MinExecutionEnvironments: 4 } }),
    ManagedAlias: alias('Managed'),
    Gateway: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512, VpcConfig: {} } },
    GatewayVersion: version('Gateway', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 7 },
    }),
    GatewayAlias: alias('Gateway'),
  });

  it('is read as one: who serves on demand, what is kept warm, and what is managed', () => {
    expect(inventoriesOf([both])).toEqual([
      {
        ...{ ...regional, gatewayMemoryMb: 512, provisioned: 7, hasVpc: true },
        managed: { vcpus: 8, requests: 400, item: 'computeVcpus' },
      },
    ]);
  });
});

describe('examples', () => {
  const items = (bill: Bill): ReadonlySet<PriceName> =>
    new Set(bill.regions.flatMap(({ lines }) => lines.map(({ item }) => item)));

  it('pay for NAT where there is NAT, and for endpoints where there is a VPC', () => {
    const nat = ['natGateway', 'natBytes', 'publicAddress'] as const;
    for (const item of nat) {
      expect(items(billOf(ofVpc, usual))).toContain(item);
      for (const other of [ofTwo, ofAirgapped, ofProd])
        expect(items(billOf(other, usual))).not.toContain(item);
    }
    expect(items(billOf(ofAirgapped, usual))).toContain('endpoint');
    expect(items(billOf(ofTwo, usual))).not.toContain('endpoint');
  });

  it('pay for a firewall, traces and warm environments where they are asked for', () => {
    for (const item of [
      'firewall',
      'firewallRequests',
      'provisioned',
      'provisionedDuration',
      'trace',
    ] as const) {
      expect(items(billOf(ofProd, usual))).toContain(item);
      expect(items(billOf(ofTwo, usual))).not.toContain(item);
    }
  });

  it('send nothing to the internet without a way to it', () => {
    expect(items(billOf(ofAirgapped, usual))).not.toContain('internetOut');
  });
});

describe('beside it', () => {
  it('stands a gateway in containers, priced by the same list', () => {
    const bill = containerBill(['us-east-1'], usual);
    // 2 tasks 47.27 + 10.39, load balancer 16.43, NAT 32.85, addresses 10.95, database 47.45 + 4.60, caches 23.36, 2.20.
    expect(bill.idleUsd).toBeCloseTo(195.51, 1);
    expect(bill.atTrafficUsd).toBeGreaterThan(bill.idleUsd);
    expect(containerBill(['us-east-1', 'us-east-1x'], usual).idleUsd).toBeCloseTo(2 * bill.idleUsd, 6);
  });

  it('stands what AWS says of its own gateway, for as many regions', () => {
    const report = reportOf('two', usual, billOf(ofTwo, usual));
    expect(report.beside.awsGuidanceUsd).toBeCloseTo(756.2, 9);
    const text = textOf(report);
    expect(text).toContain('756.20');
    expect(text).toMatch(/^all regions +[\d.]+ +[\d.]+$/m);
    expect(text).toMatch(/^KMS keys +1 +key +2 +2\.00 +2 +2\.00$/m);
    expect(text).toMatch(/^Data between regions +0\.02\? /m);
  });
});

describe('flags', () => {
  it('are read by their names', () => {
    const { values, on } = readFlags(['requests', 'softQuotas'], ['json'], ['--soft-quotas', '3', '--json']);
    expect(values).toEqual({ softQuotas: '3' });
    expect([...on]).toEqual(['json']);
    expect(checked(trafficSchema, numbersOf({ requests: '5e6' })).requests).toBe(5_000_000);
  });

  it('are refused by their names', () => {
    expect(() => readFlags(['requests'], [], ['--request', '1'])).toThrow('--request');
    expect(() => readFlags(['requests'], [], ['--requests'])).toThrow('--requests');
    const refused = (values: Record<string, string>) => () => checked(trafficSchema, numbersOf(values));
    expect(refused({ softQuotas: 'many' })).toThrow(
      '--soft-quotas: Invalid input: expected number, received string',
    );
    expect(refused({ requests: '-1' })).toThrow('--requests');
    expect(refused({ managedShare: '2' })).toThrow('--managed-share');
    expect(() => checked(trafficSchema, { request: 1 }, (field) => `traffic.json: ${field}`)).toThrow(
      'traffic.json: request: there is no such field',
    );
  });

  it('end the program with their message alone', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['cdk/cost.ts', '--requests', 'lots'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe('--requests: Invalid input: expected number, received string; received "lots"\n');
  });
});
