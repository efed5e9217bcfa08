import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readDeployments } from '../../cdk/deployment.ts';
import { airgapped, prod } from '../../cdk/examples.ts';
import { synthesize, templateOf } from './templates.ts';

const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'] as const;
const templates = synthesize(prod);
const stackOf = (region: string): Template => templateOf(templates, `llm-prod-${region}`);
const closed = templateOf(synthesize(airgapped), 'llm-airgapped-eu-central-1');

interface Known {
  readonly Properties: Readonly<Record<string, unknown>>;
}
const propertiesOf = (template: Template, type: string): readonly Readonly<Record<string, unknown>>[] =>
  Object.values(template.findResources(type)).map((resource) => (resource as Known).Properties);

const recordsOf = (template: Template) => propertiesOf(template, 'AWS::Route53::RecordSet');

describe('the hosts of a deployment', () => {
  it.each([
    ['us-east-1', 'us'],
    ['eu-central-1', 'eu'],
    ['ap-northeast-1', 'jp'],
  ])('are, in %s, its own, that of its zone and the global one', (region, zone) => {
    const names = [`${region}.llm.example.com`, `${zone}.llm.example.com`, 'llm.example.com'];
    expect(recordsOf(stackOf(region)).map(({ Name }) => Name)).toEqual(names.map((name) => `${name}.`));
    expect(
      propertiesOf(stackOf(region), 'AWS::ApiGateway::DomainName').map((each) => each['DomainName']),
    ).toEqual(names);
  });

  it('never lead out of a zone: its host has records in its own regions alone', () => {
    const zonesOf = new Map(
      readDeployments([prod]).flatMap((read) =>
        read.regions.map((each) => [each.region, each.zones] as const),
      ),
    );
    for (const region of regions) {
      const others = [...new Set([...zonesOf.values()].flat())].filter(
        (zone) => zonesOf.get(region)?.includes(zone) !== true,
      );
      expect(others).toHaveLength(2);
      const names = recordsOf(stackOf(region)).map(({ Name }) => Name);
      for (const zone of others) expect(names).not.toContain(`${zone}.llm.example.com.`);
    }
  });

  it('that regions share go to the nearest healthy one; a region’s own goes there whatever happens', () => {
    const [own, ...shared] = recordsOf(stackOf('eu-central-1'));
    expect(own).not.toHaveProperty('HealthCheckId');
    expect(own).not.toHaveProperty('SetIdentifier');
    expect(shared).toHaveLength(2);
    for (const record of shared) {
      expect(record).toMatchObject({
        Region: 'eu-central-1',
        SetIdentifier: 'eu-central-1',
        HealthCheckId: { Ref: expect.stringMatching(/^HostsHealthCheck/) },
      });
    }
  });

  it('follow the alarms of the gateway’s own faults, and poll nothing', () => {
    const checks = propertiesOf(stackOf('eu-central-1'), 'AWS::Route53::HealthCheck').map(
      ({ HealthCheckConfig }) => HealthCheckConfig,
    );
    // By reference: a check reads the alarm when it is made, so the alarm has to be there.
    const following = (alarm: string) => ({
      Type: 'CLOUDWATCH_METRIC',
      AlarmIdentifier: {
        Name: { Ref: expect.stringMatching(`^OperationsAlarms${alarm}`) },
        Region: 'eu-central-1',
      },
      InsufficientDataHealthStatus: 'Healthy',
      Inverted: false,
    });
    expect(checks).toEqual([
      following('GatewayFaults'),
      following('GatewayCrashes'),
      {
        Type: 'CALCULATED',
        HealthThreshold: 2,
        Inverted: false,
        ChildHealthChecks: [
          { Ref: expect.stringMatching(/^HostsHealthAlarm0/) },
          { Ref: expect.stringMatching(/^HostsHealthAlarm1/) },
        ],
      },
    ]);
  });

  it.each(['gateway-faults', 'gateway-crashes'])(
    'follow %s, which is an alarm of the kind Route 53 can follow: one metric, no arithmetic, all periods',
    (name) => {
      for (const region of regions) {
        const [alarm] = propertiesOf(stackOf(region), 'AWS::CloudWatch::Alarm').filter(
          ({ AlarmName }) => AlarmName === `llm-prod-${name}`,
        );
        expect(alarm).toMatchObject({ Statistic: 'Average', Period: 60, TreatMissingData: 'notBreaching' });
        expect(alarm).not.toHaveProperty('Metrics');
        expect(alarm?.['DatapointsToAlarm'] ?? alarm?.['EvaluationPeriods']).toBe(
          alarm?.['EvaluationPeriods'],
        );
      }
    },
  );

  it('follow alarms anew that look at something else, which Route 53 would not notice', () => {
    const checksOf = (change: object) => {
      const stack = templateOf(synthesize({ ...prod, ...change }), 'llm-prod-us-east-1');
      return Object.keys(stack.findResources('AWS::Route53::HealthCheck')).toSorted();
    };
    const [faults, crashes, ...whole] = checksOf({});
    expect(checksOf({ tracing: 'off' })).toEqual([faults, crashes, ...whole]);
    const managed = checksOf({ capacity: { managedInstances: {} } });
    expect([managed[0], ...managed.slice(2)]).toEqual([faults, ...whole]);
    expect(managed[1]).not.toBe(crashes);
  });

  it('take TLS 1.3 alone, under one certificate of all their names', () => {
    const stack = stackOf('eu-central-1');
    stack.allResourcesProperties('AWS::ApiGateway::DomainName', {
      SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      EndpointAccessMode: 'STRICT',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      RegionalCertificateArn: { Ref: Match.stringLikeRegexp('^DomainCertificate') },
    });
    expect(propertiesOf(stack, 'AWS::CertificateManager::Certificate')).toEqual([
      expect.objectContaining({
        DomainName: 'eu-central-1.llm.example.com',
        SubjectAlternativeNames: ['eu.llm.example.com', 'llm.example.com'],
        ValidationMethod: 'DNS',
      }),
    ]);
    expect(propertiesOf(stack, 'AWS::ApiGateway::BasePathMapping')).toHaveLength(3);
  });

  it('are the only way in, and what callers are told', () => {
    const stack = stackOf('eu-central-1');
    stack.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
    stack.hasOutput('Endpoint', { Value: 'https://eu-central-1.llm.example.com' });
    stack.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          FAIRLEAD_ZONE_ENDPOINTS:
            'us=https://us.llm.example.com,eu=https://eu.llm.example.com,jp=https://jp.llm.example.com',
        },
      },
    });
  });

  it('may stand under a certificate of the account’s own', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/1';
    const { domain, ...rest } = prod;
    const own = synthesize({
      ...rest,
      regions: [{ region: 'us-east-1', certificateArn }],
      domain: { ...domain, name: 'llm.example.com', globalHost: false },
    });
    const stack = templateOf(own, 'llm-prod-us-east-1');
    stack.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    stack.allResourcesProperties('AWS::ApiGateway::DomainName', { RegionalCertificateArn: certificateArn });
    expect(recordsOf(stack)).toHaveLength(2);
  });
});

describe('the hosts of a private API', () => {
  it('are known in a zone of their own VPC alone, and lead to its endpoint', () => {
    expect(propertiesOf(closed, 'AWS::Route53::HostedZone')).toEqual([
      expect.objectContaining({
        Name: 'llm.corp.example.com.',
        VPCs: [{ VPCId: { Ref: expect.stringMatching(/^NetworkMadeVpc/) }, VPCRegion: 'eu-central-1' }],
      }),
    ]);
    expect(recordsOf(closed).map(({ Name }) => Name)).toEqual([
      'eu-central-1.llm.corp.example.com.',
      'eu.llm.corp.example.com.',
    ]);
    for (const record of recordsOf(closed)) {
      expect(JSON.stringify(record['AliasTarget'])).toMatch(/NetworkEndpointsApi\w+","DnsEntries"/);
    }
  });

  it('are opened to its own endpoint and to those that are named, each by an association', () => {
    closed.resourceCountIs('AWS::ApiGateway::DomainNameV2', 2);
    const sources = propertiesOf(closed, 'AWS::ApiGateway::DomainNameAccessAssociation').map(
      (each) => each['AccessAssociationSource'],
    );
    expect(sources).toHaveLength(4);
    expect(sources.filter((each) => each === 'vpce-0123456789abcdef0')).toHaveLength(2);
    closed.allResourcesProperties('AWS::ApiGateway::DomainNameV2', {
      EndpointConfiguration: { Types: ['PRIVATE'] },
      SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      EndpointAccessMode: 'STRICT',
    });
    closed.resourceCountIs('AWS::ApiGateway::DomainName', 0);
  });

  it('have health checks too', () => {
    closed.resourceCountIs('AWS::Route53::HealthCheck', 3);
    const [own, zone] = recordsOf(closed);
    expect(own).not.toHaveProperty('HealthCheckId');
    expect(zone).toHaveProperty('HealthCheckId');
  });
});
