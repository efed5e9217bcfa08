import type { DeploymentInput } from './deployment.ts';

const account = '111111111111';

/** Beside production in the same account: one region, nothing kept long, every version at once. */
export const dev: DeploymentInput = {
  name: 'llm-dev',
  account,
  homeRegion: 'us-east-1',
  regions: [{ region: 'us-east-1' }],
  apiGatewayLogRole: 'existing',
  capacity: { memoryMb: 1024, tableReadUnitsPerSecond: 500, tableWriteUnitsPerSecond: 500 },
  rollout: { kind: 'all-at-once' },
  retention: { logDays: 7, recoveryDays: 7 },
  tags: { application: 'fairlead', stage: 'dev' },
};

/** Three regions under one domain, kept warm, watched, with a firewall in front. */
export const prod: DeploymentInput = {
  name: 'llm-prod',
  account,
  homeRegion: 'us-east-1',
  regions: [
    { region: 'us-east-1', share: 0.5 },
    { region: 'eu-central-1', share: 0.3 },
    { region: 'ap-northeast-1', share: 0.2 },
  ],
  domain: {
    name: 'llm.example.com',
    hostedZone: { id: 'Z0123456789EXAMPLE', name: 'example.com' },
    globalHost: true,
  },
  administrators: {
    owner: [`arn:aws:iam::${account}:role/platform`],
    viewer: [`arn:aws:iam::${account}:role/support`],
  },
  permissionsBoundaryArn: `arn:aws:iam::${account}:policy/boundary`,
  firewall: { requestsPerAddress: 5_000 },
  capacity: { provisioned: { min: 2, max: 50 }, reservedConcurrency: 500 },
  alarms: { email: 'on-call@example.com' },
  tracing: 'xray',
  tags: { application: 'fairlead', stage: 'prod' },
};

/** Functions in private subnets of VPCs that are made: AWS by endpoints, providers through NAT. */
export const vpc: DeploymentInput = {
  name: 'llm-vpc',
  account,
  homeRegion: 'eu-central-1',
  regions: [{ region: 'eu-central-1' }, { region: 'eu-west-1' }],
  network: { mode: 'vpc', natGateways: 2 },
  apiGatewayLogRole: 'existing',
  capacity: { managedInstances: {} },
  prompts: { keepDays: 30 },
  tags: { application: 'fairlead', stage: 'vpc' },
};

/** No way to the internet: a private API, Bedrock and in-house providers. */
export const airgapped: DeploymentInput = {
  name: 'llm-airgapped',
  account,
  homeRegion: 'eu-central-1',
  regions: [
    {
      region: 'eu-central-1',
      certificateArn: `arn:aws:acm:eu-central-1:${account}:certificate/00000000-0000-0000-0000-000000000000`,
      callerEndpointIds: ['vpce-0123456789abcdef0'],
    },
  ],
  network: { mode: 'airgapped', inHouseDomains: ['corp.example.com'] },
  apiGatewayLogRole: 'existing',
  domain: { name: 'llm.corp.example.com' },
  alarms: { email: 'on-call@example.com' },
  tags: { application: 'fairlead', stage: 'airgapped' },
};

/** Configurations to begin with. They are synthesised with every test, never deployed as they stand. */
export const examples: readonly DeploymentInput[] = [dev, prod, vpc, airgapped];
