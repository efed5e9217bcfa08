import * as cdk from 'aws-cdk-lib';
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { deploy } from '../../cdk/app.ts';
import { readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import { airgapped, prod } from '../../cdk/examples.ts';
import cdkSettings from '../../cdk.json' with { type: 'json' };
import { synthesize, templateOf, threeRegions } from './templates.ts';

const oneRegion = (change: Partial<DeploymentInput>): DeploymentInput => ({
  ...threeRegions,
  regions: [{ region: 'us-east-1' }],
  ...change,
});

const hostedZone = { id: 'Z0123456789EXAMPLE', name: 'example.com' };
const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/1';
const ownVpc = {
  id: 'vpc-0123456789abcdef0',
  addressRange: '10.1.0.0/16',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  routeTableIds: ['rtb-0a1b2c3d', 'rtb-1a1b2c3d'],
  endpoints: 'existing' as const,
};

const { domain: _, ...withoutDomain } = airgapped;
const regional = templateOf(synthesize(oneRegion({})), 'fairlead-us-east-1');
const hosted = templateOf(synthesize(prod), 'llm-prod-us-east-1');
const closed = templateOf(synthesize(withoutDomain), 'llm-airgapped-eu-central-1');
const closedHosted = templateOf(synthesize(airgapped), 'llm-airgapped-eu-central-1');

describe('the TLS policy of an API, which its hosts negotiate by', () => {
  it.each([
    ['a regional API', regional, 'STRICT'],
    ['a regional API with a domain', hosted, 'STRICT'],
    ['a private API with a domain', closedHosted, 'STRICT'],
    ['a private API that may be called by the name of an endpoint', closed, 'BASIC'],
  ])('is TLS 1.3 alone: %s', (_kind, template, mode) => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      EndpointAccessMode: mode,
    });
  });

  it.each([
    ['AWS::ApiGateway::DomainName', hosted],
    ['AWS::ApiGateway::DomainNameV2', closedHosted],
  ])('is that of its hosts: %s', (type, template) => {
    template.allResourcesProperties(type, {
      SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      EndpointAccessMode: 'STRICT',
    });
  });
});

it('an API closes its own endpoint where it has a domain, and nowhere else', () => {
  for (const [template, isClosed] of [
    [regional, false],
    [closed, false],
    [hosted, true],
    [closedHosted, true],
  ] as const) {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: isClosed });
  }
});

/** What the synthesis says of a region's gateway beside its template. */
function saidOf(input: DeploymentInput): Annotations {
  const app = new cdk.App({ context: { ...cdkSettings.context, 'aws:cdk:bundling-stacks': [] } });
  for (const each of readDeployments([input])) deploy(app, each);
  const stack = app.node.children
    .filter(cdk.Stack.isStack)
    .find(({ stackName }) => stackName === 'fairlead-us-east-1');
  if (stack === undefined) throw new Error('no such stack');
  return Annotations.fromStack(stack);
}

const namesIn = (template: Template): readonly unknown[] =>
  Object.values(template.findResources('AWS::Route53::RecordSet')).map(({ Properties }) => Properties.Name);

describe('a region of no zone', () => {
  const template = templateOf(
    synthesize(
      oneRegion({
        regions: [{ region: 'us-east-1', zones: [] }],
        domain: { name: 'llm.example.com', hostedZone },
      }),
    ),
    'fairlead-us-east-1',
  );

  it('has its own host alone, which is given whatever its health, so that nothing follows it', () => {
    expect(namesIn(template)).toEqual(['us-east-1.llm.example.com.']);
    template.resourceCountIs('AWS::Route53::HealthCheck', 0);
  });
});

describe('a private API in a VPC that brings its own endpoints', () => {
  const input = oneRegion({
    regions: [
      { region: 'us-east-1', certificateArn, vpc: ownVpc, callerEndpointIds: ['vpce-0123456789abcdef0'] },
    ],
    network: { mode: 'airgapped' },
    domain: { name: 'llm.corp.example.com' },
  });
  const template = templateOf(synthesize(input), 'fairlead-us-east-1');

  it('answers under its hosts, through the endpoints named', () => {
    template.resourceCountIs('AWS::ApiGateway::DomainNameV2', 2);
    template.allResourcesProperties('AWS::ApiGateway::DomainNameAccessAssociation', {
      AccessAssociationSource: 'vpce-0123456789abcdef0',
      AccessAssociationSourceType: 'VPCE',
    });
  });

  it('makes no zone that would hide the names from the VPC, and says who has to make records', () => {
    template.resourceCountIs('AWS::Route53::HostedZone', 0);
    template.resourceCountIs('AWS::Route53::HealthCheck', 0);
    expect(namesIn(template)).toEqual([]);
    saidOf(input).hasWarning(
      '*',
      Match.stringLikeRegexp('us-east-1\\.llm\\.corp\\.example\\.com, us\\.llm\\.corp\\.example\\.com'),
    );
  });
});

it('a private API without any endpoint to be called through is an error', () => {
  const regions = [{ region: 'us-east-1', vpc: ownVpc }];
  saidOf(oneRegion({ regions, network: { mode: 'airgapped' } })).hasError(
    '*',
    Match.stringLikeRegexp('callerEndpointIds'),
  );
});
