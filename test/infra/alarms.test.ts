import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { DeploymentInput } from '../../cdk/deployment.ts';
import { airgapped, dev, examples, prod, vpc } from '../../cdk/examples.ts';
import { metricDimensions, metricNames, metricNamespace } from '../../lib/telemetry/metric-names.ts';
import {
  alarmOf,
  alarmsOf,
  headingsOf,
  metricsOf,
  oneRegion,
  operationsOf,
  threeRegions,
} from './operations.ts';
import { account, synthesize, templateOf } from './templates.ts';

const one = operationsOf(oneRegion);
const home = operationsOf(threeRegions);
const away = operationsOf(threeRegions, 'eu-central-1');
const withDomain = operationsOf(airgapped);

const runbook = readFileSync(new URL('../../cdk/runbook.md', import.meta.url), 'utf8');
const linkedFrom = (description: string): string | undefined =>
  / What to do: cdk\/runbook\.md#([a-z-]+)$/.exec(description)?.[1];

describe('the alarms of a region', () => {
  it('are these, under names that never change', () => {
    expect(alarmsOf(one).map(({ AlarmName }) => AlarmName)).toEqual(
      [
        'gateway-faults',
        'gateway-crashes',
        'gateway-throttles',
        'gateway-concurrency',
        'added-latency',
        'admin-errors',
        'api-errors',
        'providers-failing',
        'dead-settlements',
        'old-settlements',
        'settlement-errors',
        'store-problems',
        'table-throttled-governance',
        'table-throttled-quotas',
        'replicas-unavailable',
        'keys-unavailable',
        'maintenance-missed',
      ].map((name) => `one-${name}`),
    );
  });

  it('watch lag to every other region, of governance at home alone, since it is written there alone', () => {
    const lagOf = (template: typeof home) =>
      alarmsOf(template)
        .filter(({ MetricName }) => MetricName === 'ReplicationLatency')
        .map(({ AlarmName, Dimensions }) => [AlarmName, Dimensions]);
    const dimensions = (table: string, receiver: string) => [
      { Name: 'ReceivingRegion', Value: receiver },
      { Name: 'TableName', Value: `three-${table}` },
    ];
    expect(lagOf(one)).toEqual([]);
    expect(lagOf(home)).toEqual([
      ['three-replication-lag-governance-eu-central-1', dimensions('governance', 'eu-central-1')],
      ['three-replication-lag-governance-ap-northeast-1', dimensions('governance', 'ap-northeast-1')],
      ['three-replication-lag-quotas-eu-central-1', dimensions('quotas', 'eu-central-1')],
      ['three-replication-lag-quotas-ap-northeast-1', dimensions('quotas', 'ap-northeast-1')],
    ]);
    expect(lagOf(away)).toEqual([
      ['three-replication-lag-quotas-us-east-1', dimensions('quotas', 'us-east-1')],
      ['three-replication-lag-quotas-ap-northeast-1', dimensions('quotas', 'ap-northeast-1')],
    ]);
  });

  it('are silent about what is silent, but for a look that is missing and a certificate that has ended', () => {
    const special = alarmsOf(withDomain)
      .filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching')
      .map(({ AlarmName, TreatMissingData }) => [AlarmName, TreatMissingData]);
    expect(special).toEqual([
      ['llm-airgapped-maintenance-missed', 'breaching'],
      ['llm-airgapped-certificate-expires', 'ignore'],
    ]);
  });

  it('watch a certificate wherever hosts have one, and no other', () => {
    const ends = alarmsOf(withDomain).find(({ MetricName }) => MetricName === 'DaysToExpiry');
    expect(ends).toMatchObject({
      Dimensions: [{ Name: 'CertificateArn', Value: airgapped.regions[0]?.certificateArn }],
      Statistic: 'Minimum',
      Period: 86_400,
      Threshold: 20,
      ComparisonOperator: 'LessThanThreshold',
    });
    const { domain: _, ...withoutDomain } = airgapped;
    for (const template of [one, operationsOf(withoutDomain)]) {
      expect(alarmsOf(template).filter(({ MetricName }) => MetricName === 'DaysToExpiry')).toEqual([]);
    }
  });

  it('ring for an old settlement while SQS still counts it: received three times in vain, it does not', () => {
    const queues = Object.values(whole.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties);
    const { VisibilityTimeout } = queues.find(({ QueueName }) => QueueName !== undefined) ?? {};
    expect(alarmOf(one, 'old-settlements').Threshold).toBeLessThan(2 * VisibilityTimeout);
    expect(alarmOf(one, 'old-settlements').Threshold).toBeGreaterThan(VisibilityTimeout);
  });

  it('ring when API Gateway answers 5xx more often than the gateway does, whoever is to blame for its own', () => {
    const alarm = alarmOf(one, 'api-errors');
    expect(metricsOf(alarm).map(({ name }) => name)).toEqual(['5XXError', 'ServerErrors']);
    const [difference] = (alarm.Metrics ?? []).flatMap(({ Expression }) => Expression ?? []);
    expect(difference).toBe('FILL(api, 0) - FILL(own, 0)');
  });

  it('ring when maintenance has not looked twice', () => {
    expect(alarmOf(one, 'maintenance-missed')).toMatchObject({
      Namespace: 'Fairlead',
      MetricName: 'ReplicasUnavailable',
      Statistic: 'SampleCount',
      Period: 900,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
    });
  });
});

describe('the alarms DNS and rollouts follow', () => {
  const faults = ['gateway-faults', 'gateway-crashes'].map((name) => alarmOf(one, name));

  it('set within two minutes, by the share of requests the gateway itself fails', () => {
    expect(faults).toMatchObject([
      {
        Namespace: 'Fairlead',
        MetricName: 'Faults',
        Dimensions: [{ Name: 'Deployment', Value: 'one' }],
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 0.05,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
      {
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [{ Name: 'FunctionName', Value: 'gateway-function' }],
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 0.5,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
    ]);
  });

  it('are such as Route 53 can follow: one metric, a plain statistic, all periods', () => {
    for (const alarm of faults) {
      expect(alarm.Metrics).toBeUndefined();
      expect(alarm.ExtendedStatistic).toBeUndefined();
      expect(alarm.DatapointsToAlarm).toBe(alarm.EvaluationPeriods);
    }
  });
});

describe('metrics of alarms', () => {
  const all = [one, home, withDomain].flatMap(alarmsOf).flatMap(metricsOf);

  it('are ones the functions write', () => {
    const own = all.filter(({ namespace }) => namespace === metricNamespace);
    expect(own.length).toBeGreaterThan(5);
    for (const { name, dimensions } of own) {
      expect(Object.values(metricNames)).toContain(name);
      expect(Object.keys(dimensions)).toEqual(
        name === 'Errors'
          ? [metricDimensions.deployment, metricDimensions.errorType]
          : [metricDimensions.deployment],
      );
    }
  });

  it('or ones AWS has, by the dimensions it has them', () => {
    const aws = all
      .filter(({ namespace }) => namespace !== metricNamespace)
      .map(({ namespace, name, dimensions }) =>
        [namespace, name, ...Object.keys(dimensions).toSorted()].join(' '),
      );
    expect([...new Set(aws)].toSorted()).toEqual([
      'AWS/ApiGateway 5XXError ApiName Stage',
      'AWS/CertificateManager DaysToExpiry CertificateArn',
      'AWS/DynamoDB ReadThrottleEvents TableName',
      'AWS/DynamoDB ReplicationLatency ReceivingRegion TableName',
      'AWS/DynamoDB WriteThrottleEvents TableName',
      'AWS/Lambda ConcurrentExecutions FunctionName',
      'AWS/Lambda Errors FunctionName',
      'AWS/Lambda Throttles FunctionName',
      'AWS/SQS ApproximateAgeOfOldestMessage QueueName',
      'AWS/SQS ApproximateNumberOfMessagesVisible QueueName',
    ]);
  });

  it('are all there in an expression, and searched for in none, which alarms cannot do', () => {
    for (const { Metrics = [] } of alarmsOf(home)) {
      const ids = Metrics.filter(({ MetricStat }) => MetricStat !== undefined).map(({ Id }) => Id);
      const expressions = Metrics.flatMap(({ Expression }) => Expression ?? []);
      const named = expressions.flatMap((text) => text.match(/\b[a-z]\w*\b/g) ?? []);
      expect(named.filter((word) => !ids.includes(word))).toEqual([]);
      expect(expressions.filter((text) => text.includes('SEARCH'))).toEqual([]);
    }
  });
});

const regions = examples.flatMap((example) =>
  example.regions.map(({ region }) => operationsOf(example, region)),
);
// One region of it: a certificate this deployment makes is known to the whole stack alone.
const { 0: first } = prod.regions;
const whole = templateOf(
  synthesize({ ...prod, regions: first === undefined ? [] : [first] }),
  'llm-prod-us-east-1',
);
const linked = [...regions, whole]
  .flatMap(alarmsOf)
  .map(({ AlarmDescription }) => linkedFrom(AlarmDescription));

describe('the runbook', () => {
  it('has a heading for every alarm of every example, and no heading without an alarm', () => {
    const headings = headingsOf(runbook);
    const from = headings.findIndex(({ anchor }) => anchor === 'alarms');
    const to = headings.findIndex(({ anchor }) => anchor === 'what-has-no-alarm');
    const ofAlarms = headings.slice(from + 1, to).map(({ anchor }) => anchor);
    expect([...new Set(linked)].toSorted()).toEqual(ofAlarms.toSorted());
  });

  it('names resources by the ids they have', () => {
    const named = new Set(runbook.match(/\b[A-Z]\w+[0-9A-F]{8}\b/g));
    const ids = [whole, templateOf(synthesize(vpc), 'llm-vpc-eu-central-1')].flatMap((template) =>
      Object.keys(template.toJSON()['Resources']),
    );
    expect(named.size).toBeGreaterThan(7);
    expect([...named].filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe('the whole stack', () => {
  it('has the functions, queues and certificate watched that are there', () => {
    const watched = new Set(
      alarmsOf(whole).flatMap((alarm) =>
        metricsOf(alarm).flatMap(({ name, dimensions }) =>
          Object.values(dimensions)
            .filter((value) => typeof value !== 'string')
            .map((value) => `${name} ${JSON.stringify(value)}`),
        ),
      ),
    );
    const of = (name: string, id: RegExp) =>
      expect([...watched]).toContainEqual(expect.stringMatching(new RegExp(`^${name} .*"${id.source}`)));
    of('Throttles', /GatewayFunction/);
    of('ConcurrentExecutions', /GatewayFunction/);
    of('Errors', /GatewayFunction/);
    of('Errors', /AdminFunction/);
    of('Errors', /SettlementsFunction/);
    of('ApproximateNumberOfMessagesVisible', /SettlementsDead/);
    of('ApproximateAgeOfOldestMessage', /SettlementsQueue/);
    of('DaysToExpiry', /DomainCertificate/);
  });

  it('knows how many requests there may be at a time: reserved, usual, or of managed instances', () => {
    const thresholdOf = (deployment: DeploymentInput) => {
      const its = templateOf(synthesize(deployment), `${deployment.name}-${deployment.homeRegion}`);
      return alarmsOf(its).find(({ AlarmName }) => AlarmName.endsWith('-gateway-concurrency'))?.Threshold;
    };
    expect([prod, dev, vpc].map(thresholdOf)).toEqual([400, 800, 1_536]);
  });
});

describe('who is told', () => {
  it('has a topic of the region, encrypted, that only CloudWatch of this account may publish to', () => {
    const told = operationsOf({ ...oneRegion, alarms: { email: 'on-call@example.com' } });
    told.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    });
    told.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
    told.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': account } },
          },
        ],
      },
    });
    const topic = { Ref: expect.stringMatching(/^OperationsTopic/) };
    for (const { AlarmActions, OKActions } of alarmsOf(told)) {
      expect([AlarmActions, OKActions]).toEqual([[topic], [topic]]);
    }
  });

  it('is the topic a region brings along, and no other', () => {
    const alarmTopicArn = `arn:aws:sns:us-east-1:${account}:alarms`;
    const told = operationsOf({
      ...oneRegion,
      alarms: { email: 'on-call@example.com' },
      regions: [{ region: 'us-east-1', alarmTopicArn }],
    });
    told.resourceCountIs('AWS::SNS::Topic', 0);
    for (const { AlarmActions, OKActions } of alarmsOf(told)) {
      expect([AlarmActions, OKActions]).toEqual([[alarmTopicArn], [alarmTopicArn]]);
    }
  });

  it('is nobody where nobody is named', () => {
    one.resourceCountIs('AWS::SNS::Topic', 0);
    expect(alarmsOf(one).flatMap(({ AlarmActions, OKActions }) => [...AlarmActions, ...OKActions])).toEqual(
      [],
    );
  });
});
