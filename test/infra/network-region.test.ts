import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { RegionNetwork } from '../../cdk/constructs/network/region-network.ts';
import { readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import { NetworkMap } from './network-map.ts';
import { account } from './templates.ts';

/** With zones of its own, as a gateway's stack has: asking for them takes credentials. */
class Zoned extends cdk.Stack {
  override get availabilityZones(): string[] {
    return ['a', 'b', 'c'].map((zone) => this.region + zone);
  }
}

const home = 'eu-central-1';
const other = 'eu-west-1';

/** The network of a deployment's first region, alone in a stack. */
function networkOf(input: Partial<DeploymentInput>) {
  const [deployment] = readDeployments([
    { name: 'acme', account, homeRegion: home, regions: [{ region: home }, { region: other }], ...input },
  ]);
  const region = deployment?.regions[0];
  if (deployment === undefined || region === undefined) throw new Error('no region');
  const stack = new Zoned(new cdk.App(), 'Stack', { env: { account, region: region.region } });
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  const network = new RegionNetwork(stack, 'Network', {
    deployment,
    region,
    logs: { retention: logs.RetentionDays.ONE_MONTH, encryptionKey },
  });
  const said = (level: 'warning' | 'error') =>
    network.node.metadata.filter(({ type }) => type === `aws:cdk:${level}`).map(({ data }) => String(data));
  return { network, said, map: () => new NetworkMap(Template.fromStack(stack)) };
}

const none = { mode: 'vpc', egress: 'none' } as const;
const endpoint = 'https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com';
const ownVpc = {
  id: 'vpc-0123456789abcdef0',
  addressRange: '10.1.0.0/16',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
  routeTableIds: ['rtb-0aaaaaaaaaaaaaaaa', 'rtb-0bbbbbbbbbbbbbbbb'],
};

// Synthesised before the tests: what reads templates takes its time to start.
const airgapped = networkOf({ network: { mode: 'airgapped' } }).map();

describe('a region that cannot reach another', () => {
  it.each([
    ['no egress', none],
    ['airgapped', { mode: 'airgapped' } as const],
  ])('says so when it is synthesised: %s', (_, mode) => {
    const { network, said } = networkOf({ network: mode });
    expect(network.unreachableRegions).toEqual([other]);
    expect(said('warning')).toEqual([
      expect.stringMatching(/^there is no way from here to DynamoDB in eu-west-1: nothing is borrowed there/),
    ]);
    expect(said('warning')[0]).not.toMatch(/share is 0|administration/);
  });

  it('says that administration is elsewhere, and that a share of nothing admits nothing', () => {
    const { said } = networkOf({
      homeRegion: other,
      regions: [
        { region: home, share: 0 },
        { region: other, share: 1 },
      ],
      network: none,
    });
    const [warning] = said('warning');
    expect(warning).toContain('that share is 0, so every hard limit refuses here');
    expect(warning).toContain('administration is written in eu-west-1');
  });

  it.each([
    [
      'a private way',
      { regions: [{ region: home, replicaEndpoints: { [other]: endpoint } }, { region: other }] },
    ],
    ['no other region', { regions: [{ region: home }] }],
  ])('is none with %s', (_, regions) => {
    const { network, said } = networkOf({ network: none, ...regions });
    expect(network.unreachableRegions).toEqual([]);
    expect(said('warning')).toEqual([]);
  });

  it.each([{ mode: 'public' } as const, { mode: 'vpc' } as const])(
    'is none with a way to the internet: %j',
    (mode) => {
      const { network, said } = networkOf({ network: mode });
      expect(network.unreachableRegions).toEqual([]);
      expect(said('warning')).toEqual([]);
    },
  );
});

describe('where functions stand', () => {
  it('is in no VPC unless a deployment asks for one', () => {
    const { network, map } = networkOf({});
    expect([network.placement, network.managedPlacement, network.apiEndpoints]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    for (const kind of ['VPC', 'VPCEndpoint', 'SecurityGroup'])
      expect(map().idsOf(`AWS::EC2::${kind}`)).toEqual([]);
  });

  it('is a VPC for managed instances alone, in mode "public", with NAT and without endpoints', () => {
    const { network, map } = networkOf({ capacity: { managedInstances: {} } });
    expect(network.placement).toBeUndefined();
    expect(network.managedPlacement?.securityGroups).toHaveLength(1);
    const made = map();
    expect(made.idsOf('AWS::EC2::NatGateway')).toHaveLength(1);
    expect(made.idsOf('AWS::EC2::VPCEndpoint')).toEqual([]);
  });

  it('is the same for managed instances in a VPC', () => {
    const { network } = networkOf({ network: { mode: 'vpc' }, capacity: { managedInstances: {} } });
    expect(network.managedPlacement).toBe(network.placement);
  });

  it('has one NAT gateway unless told otherwise', () => {
    const map = networkOf({ network: { mode: 'vpc' } }).map();
    expect(map.idsOf('AWS::EC2::NatGateway')).toHaveLength(1);
    for (const subnet of map.idsOf('AWS::EC2::Subnet')) {
      expect([['NatGatewayId', 'GatewayId'], ['GatewayId']]).toContainEqual(map.pathsOut(subnet)[0]);
      expect(map.pathsOut(subnet)).toHaveLength(1);
    }
  });
});

describe('a private API', () => {
  it('is called through an endpoint of its own', () => {
    const { network, said } = networkOf({ network: { ...none, api: 'private' } });
    expect(network.apiEndpoints).toEqual([network.ownApiEndpoint]);
    expect(said('error')).toEqual([]);
  });

  it('is called from private addresses', () => {
    const found = [...airgapped.all('AWS::EC2::VPCEndpoint').values()].find(({ ServiceName }) =>
      ServiceName.endsWith('execute-api'),
    );
    const rules = (found?.SecurityGroupIds ?? []).flatMap((group) => airgapped.ingressOf(group));
    expect(rules.map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort])).toEqual([
      ['10.0.0.0/8', 443, 443],
      ['172.16.0.0/12', 443, 443],
      ['192.168.0.0/16', 443, 443],
    ]);
  });

  const existing = { ...ownVpc, endpoints: 'existing' as const };

  it('in a VPC that has its endpoints is called through those the deployment names', () => {
    const regions = [{ region: home, vpc: existing, callerEndpointIds: ['vpce-0123456789abcdef0'] }];
    const { network, said, map } = networkOf({ network: { mode: 'airgapped' }, regions });
    expect(network.apiEndpoints.map(({ vpcEndpointId }) => vpcEndpointId)).toEqual([
      'vpce-0123456789abcdef0',
    ]);
    expect(said('error')).toEqual([]);
    expect(map().idsOf('AWS::EC2::VPCEndpoint')).toEqual([]);
    expect(map().idsOf('AWS::EC2::SecurityGroup')).toHaveLength(1);
  });

  it('that nobody could call is refused when it is synthesised', () => {
    const { said } = networkOf({
      network: { mode: 'airgapped' },
      regions: [{ region: home, vpc: existing }],
    });
    expect(said('error')).toEqual([expect.stringContaining('name it in callerEndpointIds')]);
  });
});
