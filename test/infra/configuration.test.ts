import { describe, expect, it } from 'vitest';
import { deployments } from '../../cdk/config.ts';
import { ConfigurationError, readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import { zones } from '../../lib/policy/zones.ts';
import { airgapped, dev, examples, prod, vpc } from '../../cdk/examples.ts';

const key = (region: string, id = 'a') => `arn:aws:kms:${region}:111111111111:key/${id}`;

const minimal = {
  name: 'acme',
  homeRegion: 'eu-west-1',
  regions: [{ region: 'eu-west-1' }],
} satisfies DeploymentInput;

const ownVpc = {
  id: 'vpc-0123456789abcdef0',
  addressRange: '10.1.0.0/16',
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  routeTableIds: ['rtb-0a1b2c3d', 'rtb-1a1b2c3d'],
};

const region = (change: object) => ({ regions: [{ region: 'eu-west-1', ...change }] });

const hostedZone = { id: 'Z0123456789', name: 'example.com' };

describe('the options of a deployment', () => {
  it('has examples of every kind, which can stand side by side with what is deployed', () => {
    expect(readDeployments(examples).map(({ network }) => network.mode)).toEqual([
      'public',
      'public',
      'vpc',
      'airgapped',
    ]);
    const all = readDeployments([...deployments, ...examples]);
    expect(all.map(({ name }) => name)).toEqual([
      'fairlead',
      'llm-dev',
      'llm-prod',
      'llm-vpc',
      'llm-airgapped',
    ]);
  });

  it('keeps nothing of prompts, traces nothing and needs no VPC unless it is asked', () => {
    const [plain] = readDeployments([minimal]);
    expect(plain).toMatchObject({ network: { mode: 'public' }, tracing: 'off', secretPrefix: 'acme/' });
    expect(plain).not.toHaveProperty('prompts');
    expect(plain).not.toHaveProperty('firewall');
  });

  it('knows the hosts of its zones, which a configuration may replace', () => {
    const [prodRead] = readDeployments([prod]);
    expect(prodRead?.zoneEndpoints).toEqual({
      us: 'https://us.llm.example.com',
      eu: 'https://eu.llm.example.com',
      jp: 'https://jp.llm.example.com',
    });
    const [replaced] = readDeployments([{ ...prod, zoneEndpoints: { eu: 'https://eu.example.org' } }]);
    expect(replaced?.zoneEndpoints).toMatchObject({
      eu: 'https://eu.example.org',
      us: 'https://us.llm.example.com',
    });
  });

  it.each<[object, string]>([
    [
      { network: { mode: 'private' } },
      'deployments[0].network.mode: expected public, vpc or airgapped; received "private"',
    ],
    [{ homeRegion: undefined }, 'deployments[0].homeRegion: is missing'],
    [{ regions: undefined }, 'deployments[0].regions: is missing'],
    [{ regions: ['eu-west-1'] }, 'deployments[0].regions[0]: expected an object; received "eu-west-1"'],
    [{ regions: { region: 'eu-west-1' } }, 'deployments[0].regions: expected an array; received {'],
    [{ regions: [] }, 'deployments[0].regions: expected at least 1 entry; received []'],
    [{ name: 7 }, 'deployments[0].name: expected a string; received 7'],
    [
      { homeregion: 'eu-west-1' },
      'deployments[0].homeregion: there is no such field; did you mean "homeRegion"?; received "eu-west-1"',
    ],
    [
      { capacity: { pace: 1 } },
      'deployments[0].capacity.pace: there is no such field; known are memoryMb, reservedConcurrency,',
    ],
    [
      region({ region: 'eu-wset-1' }),
      'deployments[0].regions[0].region: there is no AWS region "eu-wset-1"; did you mean "eu-west-1"?',
    ],
    [
      { homeRegion: 'Ireland' },
      'deployments[0].homeRegion: expected the name of an AWS region, such as "eu-central-1"; received "Ireland"',
    ],
    [
      { network: { mode: 'public', natGateways: 1 } },
      'deployments[0].network.natGateways: there is no such field',
    ],
    [
      { network: { mode: 'vpc', natGateways: 3 } },
      'deployments[0].network.natGateways: expected at most one for each',
    ],
    [
      { network: { mode: 'vpc', egress: 'none', natGateways: 1 } },
      'deployments[0].network.natGateways: there are none where `egress` is "none"',
    ],
    [
      { network: { mode: 'vpc', addressRange: '10.0.0.0' } },
      'deployments[0].network.addressRange: expected a range',
    ],
    [
      { network: { mode: 'vpc', addressRange: '10.0.0.256/16' } },
      'deployments[0].network.addressRange: expected a range',
    ],
    [region({ vpc: ownVpc }), 'deployments[0].regions[0].vpc: there is no VPC in network mode "public"'],
    [
      { network: { mode: 'vpc' }, ...region({ vpc: { ...ownVpc, routeTableIds: ['rtb-0a1b2c3d'] } }) },
      'deployments[0].regions[0].vpc.routeTableIds: ',
    ],
    [
      {
        network: { mode: 'vpc' },
        ...region({ vpc: { ...ownVpc, availabilityZones: ['eu-west-1a', 'eu-west-2a'] } }),
      },
      'deployments[0].regions[0].vpc.availabilityZones[1]: expected one of eu-west-1; received "eu-west-2a"',
    ],
    [
      region({ keyArns: { data: key('eu-west-1'), operations: key('us-east-1') } }),
      'deployments[0].regions[0].keyArns.operations: expected one of eu-west-1',
    ],
    [
      region({ keyArns: { data: 'alias/x', operations: key('eu-west-1') } }),
      '.keyArns.data: expected an ARN such as',
    ],
    [
      region({ alarmTopicArn: 'arn:aws:sns:us-east-1:111111111111:alarms' }),
      'deployments[0].regions[0].alarmTopicArn: expected one of eu-west-1',
    ],
    [
      region({ callerEndpointIds: ['vpce-0a1b2c3d'] }),
      '.callerEndpointIds: only a private API is called through',
    ],
    [
      {
        network: { mode: 'vpc', egress: 'none' },
        ...region({ replicaEndpoints: { 'us-east-1': 'https://dynamo.internal' } }),
      },
      ".replicaEndpoints.us-east-1: expected another of the deployment's regions",
    ],
    [
      {
        regions: [
          { region: 'eu-west-1', replicaEndpoints: { 'eu-west-3': 'https://dynamo.internal' } },
          { region: 'eu-west-3' },
        ],
      },
      'deployments[0].regions[0].replicaEndpoints: needed only where there is no way to the internet',
    ],
    [
      { domain: { name: 'llm.example.com' } },
      'deployments[0].domain.hostedZone: expected the public hosted zone',
    ],
    [
      { domain: { name: 'llm.example.org', hostedZone } },
      'deployments[0].domain.name: expected a name in the hosted zone',
    ],
    [
      { domain: { name: 'badexample.com', hostedZone } },
      'deployments[0].domain.name: expected a name in the hosted zone',
    ],
    [{ domain: { name: 'LLM.example.com', hostedZone } }, 'deployments[0].domain.name: expected a host name'],
    [
      { network: { mode: 'airgapped' }, domain: { name: 'llm.example.com' } },
      'deployments[0].regions[0].certificateArn: a private domain needs a certificate',
    ],
    [
      { network: { mode: 'airgapped' }, firewall: {} },
      'deployments[0].firewall: addresses of callers mean nothing',
    ],
    [
      { network: { mode: 'vpc', api: 'private' }, api: { allowedRanges: ['10.0.0.0/8'] } },
      'deployments[0].api.allowedRanges: a private API is confined by the VPC endpoints',
    ],
    [
      { firewall: { mostBodyKb: 5_000 } },
      'deployments[0].firewall.mostBodyKb: expected at most 64; received 5000',
    ],
    [
      { capacity: { provisioned: { min: 5, max: 2 } } },
      'deployments[0].capacity.provisioned.max: expected at least `min`',
    ],
    [
      { capacity: { provisioned: { min: 5, max: 20 }, reservedConcurrency: 10 } },
      'deployments[0].capacity.provisioned.max: expected at most `reservedConcurrency`',
    ],
    [
      { capacity: { managedInstances: { maxVcpus: 8 } } },
      'deployments[0].capacity.managedInstances.maxVcpus: expected at least 12; received 8',
    ],
    [
      { capacity: { managedInstances: { maxVcpus: 12, minEnvironments: 10 } } },
      '.managedInstances.maxVcpus: expected at least one for each 2,048 MB of `minEnvironments`; received 12',
    ],
    [
      { capacity: { managedInstances: {}, reservedConcurrency: 10 } },
      'deployments[0].capacity.reservedConcurrency: has no meaning where `managedInstances` serve',
    ],
    [
      { capacity: { managedInstances: {}, provisioned: { min: 1, max: 2 } } },
      'deployments[0].capacity.provisioned: has no meaning where `managedInstances` serve',
    ],
    [
      { administrators: { owner: ['root'] } },
      'deployments[0].administrators.owner[0]: expected an ARN such as',
    ],
    [
      { administrators: { owner: ['arn:aws:iam::111111111111:role/platform x'] } },
      'deployments[0].administrators.owner[0]: expected an ARN such as',
    ],
    [{ firewall: { allowedRanges: ['0.0.0.0/0'] } }, 'deployments[0].firewall.allowedRanges[0]: expected /1'],
    [
      { network: { mode: 'vpc', addressRange: '10.0.0.0/8' } },
      'deployments[0].network.addressRange: expected /16 to /24; received "10.0.0.0/8"',
    ],
    [{ rollout: { kind: 'canary', percent: 4 } }, 'deployments[0].rollout.percent: expected at least 10;'],
    [
      { capacity: { managedInstances: { minEnvironments: 40 } } },
      'deployments[0].capacity.managedInstances.maxEnvironments: expected at least',
    ],
    [{ capacity: { memoryMb: 1000.5 } }, '.capacity.memoryMb: expected a whole number; received 1000.5'],
    [
      { capacity: { managedInstances: { minEnvironments: 1 } } },
      '.managedInstances.minEnvironments: expected at least 3; received 1',
    ],
    [
      { rollout: { kind: 'linear' } },
      'deployments[0].rollout.kind: expected all-at-once or canary; received "linear"',
    ],
    [{ rollout: { kind: 'canary', percent: 100 } }, 'deployments[0].rollout.percent: expected at most 99;'],
    [
      { alarms: { email: 'nobody' } },
      'deployments[0].alarms.email: expected an e-mail address; received "nobody"',
    ],
    [
      { network: { mode: 'vpc', natGateways: 1 }, ...region({ vpc: ownVpc }) },
      'deployments[0].network.natGateways: has no meaning where every region brings its own VPC',
    ],
    [{ retention: { logDays: 45 } }, 'deployments[0].retention.logDays: expected 1, 3, 5, 7, 14, 30,'],
    [{ retention: { logDays: 'INFINITE' } }, 'or 3653; received "INFINITE"'],
    [{ retention: { logDays: 9_999 } }, 'or 3653; received 9999'],
    [{ name: 'acme-' }, 'deployments[0].name: expected 1 to 20 of a-z'],
    [
      { formerSites: ['eu-west-3'] },
      'deployments[0].regions: expected a share for every region while `formerSites` are listed: equal parts would have grown',
    ],
    [{ retention: { recoveryDays: 36 } }, 'deployments[0].retention.recoveryDays: expected at most 35;'],
    [{ tracing: 'on' }, 'deployments[0].tracing: expected off or xray; received "on"'],
    [{ prompts: {} }, 'deployments[0].prompts.keepDays: is missing; received nothing'],
    [{ prompts: true }, 'deployments[0].prompts: expected an object; received true'],
    [{ secretPrefix: 'keys' }, 'deployments[0].secretPrefix: expected letters'],
    [{ administrators: { owner: ['*'] } }, 'deployments[0].administrators.owner[0]: expected an ARN such as'],
    [{ administrators: { admin: [] } }, 'deployments[0].administrators.admin: there is no such field'],
    [
      { permissionsBoundaryArn: 'boundary' },
      'deployments[0].permissionsBoundaryArn: expected an ARN such as',
    ],
  ])('refuses %j: %s', (change, problem) => {
    expect(() => readDeployments([{ ...minimal, ...change }])).toThrow(problem);
  });

  it('tells of a region that is there twice once', () => {
    const twice = [{ region: 'eu-west-1' }, { region: 'eu-west-1' }];
    expect(() => readDeployments([{ ...minimal, regions: twice }])).toThrow(
      new ConfigurationError(
        'cdk/config.ts is not valid:\n  deployments[0].regions[1].region: "eu-west-1" is there twice; received "eu-west-1"',
      ),
    );
  });

  it('tells all that is wrong with regions, and nothing that follows from it', () => {
    const regions = [
      { region: 'eu-west-1', zones: ['mars'] },
      { region: 'eu-west-3', zones: ['us'] },
      { region: 'eu-wset-2' },
    ];
    const problems = [
      `regions[0].zones[0]: expected a zone: ${Object.keys(zones).join(', ')}; received "mars"`,
      'regions[1].zones[0]: eu-west-3 lies in eu; a region cannot serve another zone; received "us"',
      'regions[2].region: there is no AWS region "eu-wset-2"; did you mean "eu-west-2"?; received "eu-wset-2"',
    ];
    const lines = [0, 1].flatMap((index) => problems.map((each) => `  deployments[${index}].${each}`));
    expect(() =>
      readDeployments([
        { ...minimal, regions },
        { ...minimal, name: 'other', regions },
      ]),
    ).toThrow(new ConfigurationError(`cdk/config.ts is not valid:\n${lines.join('\n')}`));
  });

  it.each<[string, DeploymentInput, DeploymentInput, string]>([
    [
      'the same secrets',
      minimal,
      { ...minimal, name: 'other', secretPrefix: 'acme/', apiGatewayLogRole: 'existing' },
      'deployments[1].secretPrefix: "acme" has the same',
    ],
    [
      "the account's log role",
      minimal,
      { ...minimal, name: 'other' },
      'deployments[1].apiGatewayLogRole: expected "existing": "acme" creates the account\'s role in eu-west-1 already',
    ],
    [
      'the same hosts',
      { ...minimal, domain: { name: 'llm.example.com', hostedZone } },
      { ...minimal, account: '222222222222', name: 'other', domain: { name: 'llm.example.com', hostedZone } },
      'deployments[1].domain: "acme" has the same hosts',
    ],
    [
      'the beginning of their names',
      minimal,
      { ...minimal, account: '222222222222', name: 'acme-dev' },
      'deployments[1].name: begins with "acme-", as everything of "acme" does: a command for "acme-*" would take it too; received "acme-dev"',
    ],
    [
      'the beginning of their names, the longer one first',
      { ...minimal, name: 'acme-dev' },
      { ...minimal, account: '222222222222' },
      'deployments[0].name: begins with "acme-"',
    ],
  ])('does not let two deployments share %s', (_what, first, second, problem) => {
    expect(() => readDeployments([first, second])).toThrow(problem);
  });

  it('lets two deployments in different accounts or regions have what is theirs alone', () => {
    const elsewhere = { ...minimal, name: 'other', secretPrefix: 'acme/', account: '222222222222' };
    const apart = { ...minimal, name: 'third', homeRegion: 'eu-west-3', regions: [{ region: 'eu-west-3' }] };
    expect(readDeployments([minimal, elsewhere, apart])).toHaveLength(3);
  });

  it('keeps the examples as they are described', () => {
    expect(dev.rollout).toEqual({ kind: 'all-at-once' });
    expect(vpc.prompts).toEqual({ keepDays: 30 });
    expect(readDeployments([airgapped])[0]?.zoneEndpoints).toEqual({ eu: 'https://eu.llm.corp.example.com' });
  });
});
