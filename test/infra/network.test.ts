import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { DeploymentInput } from '../../cdk/deployment.ts';
import { airgapped, vpc } from '../../cdk/examples.ts';
import { NetworkMap } from './network-map.ts';
import { account, statementsOf, synthesize, templateOf } from './templates.ts';

const withoutEgress: DeploymentInput = {
  name: 'closed',
  account,
  homeRegion: 'eu-central-1',
  regions: [
    {
      region: 'eu-central-1',
      replicaEndpoints: { 'eu-west-1': 'https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com' },
    },
    { region: 'eu-west-1' },
  ],
  network: { mode: 'vpc', egress: 'none', availabilityZones: 3 },
  tracing: 'xray',
};
const brought: DeploymentInput = {
  name: 'brought',
  account,
  homeRegion: 'eu-central-1',
  regions: [
    {
      region: 'eu-central-1',
      vpc: {
        id: 'vpc-0123456789abcdef0',
        addressRange: '10.1.0.0/16',
        availabilityZones: ['eu-central-1a', 'eu-central-1b'],
        privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'],
        routeTableIds: ['rtb-0aaaaaaaaaaaaaaaa', 'rtb-0bbbbbbbbbbbbbbbb'],
      },
    },
  ],
  network: { mode: 'vpc', egress: 'none' },
};

const regionOf = (deployment: DeploymentInput): Template =>
  templateOf(synthesize(deployment), `${deployment.name}-eu-central-1`);

const closed = synthesize(withoutEgress);
const templates = {
  airgapped: regionOf(airgapped),
  withoutEgress: templateOf(closed, 'closed-eu-central-1'),
  throughNat: regionOf(vpc),
  brought: regionOf(brought),
};
type Name = keyof typeof templates;
const names: readonly Name[] = ['airgapped', 'withoutEgress', 'throughNat', 'brought'];
const mapOf = (name: Name): NetworkMap => new NetworkMap(templates[name]);

/** Functions of the region, and what CloudFormation calls while it deploys: that answers on the internet. */
function functionsOf(template: Template) {
  const tokens = z.object({
    Properties: z.object({ ServiceToken: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }) }),
  });
  const called = new Set(
    Object.values(template.toJSON()['Resources'] ?? {}).flatMap((resource) => {
      const parsed = tokens.safeParse(resource);
      return parsed.success ? [parsed.data.Properties.ServiceToken['Fn::GetAtt'][0]] : [];
    }),
  );
  const all = [...new NetworkMap(template).all('AWS::Lambda::Function')];
  return {
    // On managed instances it is the instances that stand somewhere.
    serving: all.filter(([id]) => !called.has(id) && !id.startsWith('ManagedGateway')),
    deploying: all.filter(([id]) => called.has(id)),
  };
}

/** The subnets functions stand in. */
const placesOf = (name: Name): readonly string[] => [
  ...new Set(functionsOf(templates[name]).serving.flatMap(([, { VpcConfig }]) => VpcConfig?.SubnetIds ?? [])),
];

describe.each(names)('functions of the network "%s"', (name) => {
  const map = mapOf(name);
  const { serving, deploying } = functionsOf(templates[name]);

  it('stand in its subnets, all of them, in one group', () => {
    expect(serving.map(([id]) => id.replace(/Function.*/, '')).toSorted()).toEqual([
      'Admin',
      'Gateway',
      'Maintenance',
      'Settlements',
    ]);
    for (const [, { VpcConfig }] of serving) {
      expect(VpcConfig?.SubnetIds).toHaveLength(name === 'withoutEgress' ? 3 : 2);
      expect(VpcConfig?.SecurityGroupIds).toEqual([expect.stringMatching(/^NetworkFunctions/)]);
    }
    expect(placesOf(name)).toHaveLength(name === 'withoutEgress' ? 3 : 2);
  });

  it('stand outside only where CloudFormation calls them while it deploys, and then see no secret and no prompt', () => {
    for (const [id, { VpcConfig }] of deploying) {
      expect(VpcConfig).toBeUndefined();
      const actions = statementsOf(templates[name], id.replace(/Function.*/, 'Role')).flatMap(
        (each) => each.Action,
      );
      expect(actions.filter((action) => !/^(logs|dynamodb|kms):/.test(action))).toEqual([]);
      expect(actions.filter((action) => /kms:(?!Decrypt)|dynamodb:(BatchGet|Query)/.test(action))).toEqual(
        [],
      );
    }
  });

  it('are called by nobody over the network', () => {
    for (const [, { VpcConfig }] of serving) {
      for (const group of VpcConfig?.SecurityGroupIds ?? []) expect(map.ingressOf(group)).toEqual([]);
    }
  });

  it('speak TLS to the world, and any port to private addresses only', () => {
    const [group = ''] = serving[0]?.[1].VpcConfig?.SecurityGroupIds ?? [];
    const out = map.all('AWS::EC2::SecurityGroup').get(group)?.SecurityGroupEgress ?? [];
    expect(
      out.map(({ CidrIp, IpProtocol, FromPort, ToPort }) => [CidrIp, IpProtocol, FromPort, ToPort]),
    ).toEqual([
      ['0.0.0.0/0', 'tcp', 443, 443],
      ['10.0.0.0/8', 'tcp', 0, 65_535],
      ['172.16.0.0/12', 'tcp', 0, 65_535],
      ['192.168.0.0/16', 'tcp', 0, 65_535],
    ]);
  });
});

describe.each(['airgapped', 'withoutEgress'] as const)('the network "%s"', (name) => {
  const map = mapOf(name);

  it('has no way to the internet from where a function stands', () => {
    for (const subnet of placesOf(name)) expect(map.waysOf(subnet)).toEqual([]);
  });

  it.each([
    'InternetGateway',
    'EgressOnlyInternetGateway',
    'VPCGatewayAttachment',
    'NatGateway',
    'EIP',
    'Route',
    'VPCPeeringConnection',
    'TransitGatewayAttachment',
    'CarrierGateway',
  ])('has no %s at all', (kind) => {
    expect(map.idsOf(`AWS::EC2::${kind}`)).toEqual([]);
  });

  it('gives nobody a public address', () => {
    templates[name].allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });
});

describe('the network "throughNat"', () => {
  const map = mapOf('throughNat');

  it('reaches the internet through NAT alone', () => {
    const places = placesOf('throughNat');
    for (const subnet of places) expect(map.pathsOut(subnet)).toEqual([['NatGatewayId', 'GatewayId']]);
    expect(new Set(places.map((subnet) => map.waysOf(subnet)[0]?.target)).size).toBe(2);
    expect(places.flatMap((subnet) => map.waysOf(subnet)).map(({ to }) => to)).toEqual([
      '0.0.0.0/0',
      '0.0.0.0/0',
    ]);
  });

  it('has public subnets for NAT gateways, and nothing else in them', () => {
    const open = map
      .idsOf('AWS::EC2::Subnet')
      .filter((id) => map.waysOf(id).some(({ by }) => by === 'GatewayId'));
    expect(open).toHaveLength(2);
    const nats = [...map.all('AWS::EC2::NatGateway').values()].map(({ SubnetId }) => SubnetId);
    expect(nats.toSorted()).toEqual(open.toSorted());
    expect(placesOf('throughNat').filter((id) => open.includes(id))).toEqual([]);
    const endpoints = [...map.all('AWS::EC2::VPCEndpoint').values()].flatMap(({ SubnetIds }) => SubnetIds);
    expect(endpoints.filter((id) => open.includes(id))).toEqual([]);
    templates.throughNat.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });
});

const always = ['secretsmanager', 'kms', 'logs', 'sqs', 'sts', 'bedrock-runtime'];

describe('ways to AWS', () => {
  it.each([
    ['airgapped', [...always, 'execute-api'], ['dynamodb']],
    ['withoutEgress', [...always, 'xray'], ['dynamodb']],
    ['throughNat', always, ['dynamodb', 's3']],
    ['brought', always, ['dynamodb']],
  ] as const)(
    'of the network "%s" lead to every service the functions call',
    (name, interfaces, gateways) => {
      const map = mapOf(name);
      const endpoints = [...map.all('AWS::EC2::VPCEndpoint').values()];
      const servicesOf = (type: string) =>
        endpoints
          .filter(({ VpcEndpointType }) => VpcEndpointType === type)
          .map(({ ServiceName }) =>
            ServiceName.replace(/^com\.amazonaws\.(eu-central-1|<AWS::Region>)\./, ''),
          );
      expect(servicesOf('Interface').toSorted()).toEqual([...interfaces].toSorted());
      expect(servicesOf('Gateway')).toEqual(gateways);

      for (const each of endpoints) {
        if (each.VpcEndpointType === 'Interface') {
          expect(each.PrivateDnsEnabled).toBe(true);
          expect(each.SubnetIds).toEqual(placesOf(name));
          expect(each.SecurityGroupIds).toHaveLength(1);
        } else {
          expect(each.RouteTableIds).toHaveLength(placesOf(name).length);
        }
      }
    },
  );

  it.each(names)('of the network "%s" are open to its functions alone, and to this account', (name) => {
    const map = mapOf(name);
    const [functions] = [...map.all('AWS::EC2::SecurityGroup').keys()].filter((id) =>
      id.startsWith('NetworkFunctions'),
    );
    for (const { ServiceName, SecurityGroupIds, PolicyDocument } of map
      .all('AWS::EC2::VPCEndpoint')
      .values()) {
      if (ServiceName.endsWith('.execute-api')) continue;
      for (const group of SecurityGroupIds) {
        expect(map.ingressOf(group)).toEqual([
          expect.objectContaining({
            IpProtocol: 'tcp',
            FromPort: 443,
            ToPort: 443,
            SourceSecurityGroupId: functions,
          }),
        ]);
      }
      const [statement, ...more] = PolicyDocument.Statement;
      expect(more).toEqual([]);
      expect(statement?.Condition).toEqual({
        StringEquals: { 'aws:PrincipalAccount': account },
        ...(!ServiceName.endsWith('.bedrock-runtime') && {
          StringEqualsIfExists: { 'aws:ResourceAccount': account },
        }),
      });
    }
  });

  it.each(names)('of the network "%s": no group lets the world in', (name) => {
    const map = mapOf(name);
    for (const group of map.all('AWS::EC2::SecurityGroup').keys()) {
      for (const { CidrIp, CidrIpv6, SourceSecurityGroupId } of map.ingressOf(group)) {
        expect(CidrIpv6).toBeUndefined();
        const known = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
        if (SourceSecurityGroupId === undefined) expect(known).toContain(CidrIp);
      }
    }
  });

  it('gateways stand in the route tables of where functions are', () => {
    for (const name of ['airgapped', 'withoutEgress', 'throughNat'] as const) {
      const map = mapOf(name);
      const joined = [...map.all('AWS::EC2::SubnetRouteTableAssociation').values()];
      const places = placesOf(name);
      const tables = joined
        .filter(({ SubnetId }) => places.includes(SubnetId))
        .map((each) => each.RouteTableId);
      for (const { VpcEndpointType, RouteTableIds } of map.all('AWS::EC2::VPCEndpoint').values()) {
        if (VpcEndpointType === 'Gateway') expect(RouteTableIds.toSorted()).toEqual(tables.toSorted());
      }
    }
  });
});

describe('an airgapped API', () => {
  const map = mapOf('airgapped');

  it('is private, and called through its own VPC endpoint and those the deployment names', () => {
    const own = [...map.all('AWS::EC2::VPCEndpoint')].find(([, each]) =>
      each.ServiceName.endsWith('execute-api'),
    )?.[0];
    const endpoints = [{ Ref: own }, 'vpce-0123456789abcdef0'];
    templates.airgapped.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: endpoints },
      Policy: {
        Statement: [
          { Effect: 'Allow', Action: 'execute-api:Invoke' },
          {
            Effect: 'Deny',
            Action: 'execute-api:Invoke',
            Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
          },
        ],
      },
    });
  });

  it('is invoked, and nothing else, through its endpoint: by callers without AWS credentials too', () => {
    templates.airgapped.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      ServiceName: 'com.amazonaws.eu-central-1.execute-api',
      PolicyDocument: {
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Resource: `arn:aws:execute-api:eu-central-1:${account}:*`,
            Effect: 'Allow',
          },
        ],
      },
    });
  });
});

describe('a VPC that is there already', () => {
  it('is left as it is: only endpoints and groups are added', () => {
    const map = mapOf('brought');
    for (const kind of ['VPC', 'Subnet', 'RouteTable', 'Route', 'NatGateway', 'InternetGateway']) {
      expect(map.idsOf(`AWS::EC2::${kind}`)).toEqual([]);
    }
    expect(placesOf('brought')).toEqual(['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb']);
    const gateway = [...map.all('AWS::EC2::VPCEndpoint').values()].find(
      (each) => each.RouteTableIds.length > 0,
    );
    expect(gateway?.RouteTableIds).toEqual(['rtb-0aaaaaaaaaaaaaaaa', 'rtb-0bbbbbbbbbbbbbbbb']);
  });
});

describe('a VPC that is made', () => {
  it('writes down what passes, encrypted and not for ever', () => {
    templates.airgapped.hasResourceProperties('AWS::EC2::FlowLog', {
      ResourceType: 'VPC',
      TrafficType: 'ALL',
    });
    const logs = Object.entries(templates.airgapped.findResources('AWS::Logs::LogGroup'));
    const [flow, ...more] = logs.filter(([id]) => id.includes('FlowLog'));
    expect(more).toEqual([]);
    expect(flow?.[1]).toMatchObject({ Properties: { RetentionInDays: 30, KmsKeyId: expect.anything() } });
  });
});

/** The variables of a function of the region, as far as they are about ways to other regions. */
function variablesOf(template: Template, id: string): object {
  const shape = z.object({
    Properties: z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) }),
  });
  const [, found] =
    Object.entries(template.findResources('AWS::Lambda::Function')).find(([name]) => name.startsWith(id)) ??
    [];
  const { FAIRLEAD_UNREACHABLE_REGIONS: unreachable, FAIRLEAD_REPLICA_ENDPOINTS: endpoints } =
    shape.parse(found).Properties.Environment.Variables;
  return { unreachable, endpoints };
}

describe('what functions know of other regions', () => {
  it.each(['Gateway', 'Admin', 'Settlements'])(
    '%s: which cannot be reached, and how the others are',
    (id) => {
      expect(variablesOf(templates.withoutEgress, id)).toEqual({
        endpoints: 'eu-west-1=https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com',
      });
      expect(variablesOf(templateOf(closed, 'closed-eu-west-1'), id)).toEqual({
        unreachable: 'eu-central-1',
      });
      expect(variablesOf(templates.throughNat, id)).toEqual({});
    },
  );
});
