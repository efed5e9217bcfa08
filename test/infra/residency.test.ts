import { describe, expect, it } from 'vitest';
import { examples } from '../../cdk/examples.ts';
import { permits, refuses, type Call } from './iam.ts';
import {
  account,
  principalsOf,
  resourcePolicyOf,
  synthesize,
  templateOf,
  textOf,
  threeRegions,
  type Statement,
} from './templates.ts';

const deployments = [threeRegions, ...examples].map((input) => ({
  name: input.name,
  regions: input.regions.map(({ region }) => region),
  templates: synthesize(input),
}));

/** Every role of every region of every deployment, with all that is attached to it. */
const principals = deployments.flatMap(({ name, regions, templates }) =>
  regions.flatMap((region) =>
    [...principalsOf(templateOf(templates, `${name}-${region}`))].map(([role, { statements }]) => ({
      name,
      region,
      role,
      statements,
    })),
  ),
);

const places = [
  ...new Map(
    deployments.flatMap(({ name, regions }) =>
      regions.map((region) => [`${name} ${region}`, { name, region }] as const),
    ),
  ).values(),
];

const readingSecrets = ['GetSecretValue', 'BatchGetSecretValue', 'DescribeSecret', 'GetResourcePolicy'];
const writingSecrets = ['PutSecretValue', 'UpdateSecret', 'DeleteSecret', 'ReplicateSecretToRegions'];

describe('a secret', () => {
  const who = (action: string, at: { name: string; region: string }) => {
    const arn = `arn:aws:secretsmanager:${at.region}:${account}:secret:${at.name}/openai-AbCdEf`;
    return principals
      .filter(({ statements }) => permits(statements, { action: `secretsmanager:${action}`, resource: arn }))
      .map(({ name, region, role }) => `${name} ${region} ${role.replace(/[0-9A-F]{8}$/, '')}`);
  };

  it.each(places)(
    'of $name in $region is read by the gateway there, and by nobody else anywhere',
    (place) => {
      // Those of one deployment have two gateways: its own, and one on managed instances.
      const gateways = place.name === 'llm-vpc' ? ['GatewayRole', 'ManagedGatewayRole'] : ['GatewayRole'];
      expect(who('GetSecretValue', place)).toEqual(
        gateways.map((role) => `${place.name} ${place.region} ${role}`),
      );
      expect(who('DescribeSecret', place)).toEqual([`${place.name} ${place.region} AdminRole`]);
      for (const never of ['BatchGetSecretValue', 'GetResourcePolicy', ...writingSecrets]) {
        expect(who(never, place)).toEqual([]);
      }
    },
  );

  it('of another name, or another account, is read by nobody', () => {
    const others = [
      `arn:aws:secretsmanager:eu-central-1:${account}:secret:payroll-AbCdEf`,
      `arn:aws:secretsmanager:eu-central-1:${account}:secret:fairlead-x/openai-AbCdEf`,
      'arn:aws:secretsmanager:eu-central-1:222222222222:secret:fairlead/openai-AbCdEf',
    ];
    for (const { statements } of principals) {
      for (const resource of others) {
        for (const action of readingSecrets) {
          expect(permits(statements, { action: `secretsmanager:${action}`, resource })).toBe(false);
        }
      }
    }
  });
});

/** What a resource is that only CloudFormation knows: always something of the stack itself, or its region's keys. */
describe('what policies refer to without spelling it out', () => {
  it.each(places)('lies in $region, for $name', ({ name, region }) => {
    const statements = principals
      .filter((each) => each.name === name && each.region === region)
      .flatMap((each) => each.statements);
    for (const resource of statements.flatMap(({ Resource }) => Resource)) {
      if (typeof resource === 'string') continue;
      const text = JSON.stringify(resource);
      if (text.startsWith('{"Fn::ImportValue"')) {
        expect(text).toMatch(`{"Fn::ImportValue":"${name}-keys-${region}:ExportsOutputFnGetAttKeysData`);
      } else if (text.startsWith('{"Fn::Join"') && text.includes('execute-api')) {
        expect(textOf(resource)).toMatch(`arn:aws:execute-api:${region}:${account}:<ApiRest`);
      } else {
        expect(text).toMatch(/^\{"Fn::(?:GetAtt|Join":\["",\[\{"Fn::GetAtt)/);
      }
    }
  });
});

describe('the data key of another region', () => {
  const keyOf = (region: string): string => `arn:aws:kms:${region}:${account}:key/0a1b2c3d`;
  const call = (region: string, service: string, alias: string, action = 'Decrypt'): Call => ({
    action: `kms:${action}`,
    resource: keyOf(region),
    context: { 'kms:ViaService': [`${service}.amazonaws.com`], 'kms:ResourceAliases': [alias] },
  });
  const roles = principals.filter(({ name, region }) => name === 'llm-prod' && region === 'eu-central-1');
  const who = (asked: Call) =>
    roles
      .filter(({ statements }) => permits(statements, asked))
      .map(({ role }) => role.replace(/[0-9A-F]{8}$/, ''))
      .toSorted();

  it('opens to DynamoDB there for who lends, and for administration at home', () => {
    const alias = 'alias/llm-prod-data';
    expect(who(call('us-east-1', 'dynamodb.us-east-1', alias))).toEqual([
      'AdminRole',
      'GatewayRole',
      'SettlementsRole',
    ]);
    expect(who(call('ap-northeast-1', 'dynamodb.ap-northeast-1', alias))).toEqual([
      'GatewayRole',
      'SettlementsRole',
    ]);
  });

  it.each([
    ['secrets there', 'secretsmanager.us-east-1', 'alias/llm-prod-data', 'Decrypt'],
    ['a queue there', 'sqs.us-east-1', 'alias/llm-prod-data', 'Decrypt'],
    ['DynamoDB of its own region', 'dynamodb.eu-central-1', 'alias/llm-prod-data', 'Decrypt'],
    ['tables under another key', 'dynamodb.us-east-1', 'alias/payroll', 'Decrypt'],
    ['logs there', 'dynamodb.us-east-1', 'alias/llm-prod-operations', 'Decrypt'],
    ['making keys', 'dynamodb.us-east-1', 'alias/llm-prod-data', 'GenerateDataKey'],
    ['granting it on', 'dynamodb.us-east-1', 'alias/llm-prod-data', 'CreateGrant'],
  ])('does not open for %s', (_, service, alias, action) => {
    expect(who(call('us-east-1', service, alias, action))).toEqual([]);
  });

  it('does not open to a direct call', () => {
    expect(
      who({
        action: 'kms:Decrypt',
        resource: keyOf('us-east-1'),
        context: { 'kms:ResourceAliases': ['alias/llm-prod-data'] },
      }),
    ).toEqual([]);
  });
});

describe('models', () => {
  const gateways = principals.filter(({ role }) => role.startsWith('GatewayRole'));
  const invoke = (statements: readonly Statement[], model: string, profile?: string): boolean =>
    permits(statements, {
      action: 'bedrock:InvokeModelWithResponseStream',
      resource: model,
      ...(profile !== undefined && { context: { 'bedrock:InferenceProfileArn': [profile] } }),
    });
  const modelIn = (region: string): string => `arn:aws:bedrock:${region}::foundation-model/anthropic.claude`;
  const profileIn = (region: string, prefix: string): string =>
    `arn:aws:bedrock:${region}:${account}:inference-profile/${prefix}.anthropic.claude`;

  it.each(gateways.filter(({ region }) => region.startsWith('eu-')))(
    'of the EU alone serve $name in $region, by whatever profile',
    ({ region, statements }) => {
      expect(invoke(statements, modelIn(region))).toBe(true);
      expect(invoke(statements, profileIn(region, 'eu'))).toBe(true);
      expect(invoke(statements, modelIn('eu-north-1'), profileIn(region, 'eu'))).toBe(true);
      expect(invoke(statements, modelIn('eu-north-1'))).toBe(false);
      for (const beyond of ['us-east-1', 'us-west-2', 'ap-northeast-1', 'eu-west-2', '']) {
        expect(invoke(statements, modelIn(beyond))).toBe(false);
        expect(invoke(statements, modelIn(beyond), profileIn(region, 'global'))).toBe(false);
        expect(invoke(statements, profileIn(beyond, 'us'))).toBe(false);
      }
    },
  );

  it('are nobody else’s', () => {
    for (const { role, region, statements } of principals) {
      if (/^(Managed)?GatewayRole/.test(role)) continue;
      expect(invoke(statements, modelIn(region))).toBe(false);
    }
  });
});

describe("an owner's item of the ledger", () => {
  const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];
  const returned = synthesize({
    ...threeRegions,
    regions: [
      { region: 'us-east-1', share: 1 },
      { region: 'eu-central-1', site: 'eu-central-1.2', share: 0 },
    ],
    formerSites: ['eu-central-1', 'ap-northeast-1'],
  });
  const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'];
  const administrator = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`;
  const replication = `arn:aws:iam::${account}:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication`;

  const policyAt = (templates: ReturnType<typeof synthesize>, region: string) => {
    const { Resources } = templateOf(templates, `fairlead-${region}`).toJSON();
    return resourcePolicyOf(JSON.parse(Resources.LedgerGuardPolicy63AB1C41.Properties.Policy));
  };
  const call = (at: string, keys: readonly string[], action: string, by: string): Call => ({
    action: `dynamodb:${action}`,
    resource: `arn:aws:dynamodb:${at}:${account}:table/fairlead-quotas`,
    leadingKeys: keys,
    context: { 'aws:PrincipalArn': [by], 'aws:PrincipalIsAWSService': ['false'] },
  });
  const refusedAt = (
    at: string,
    keys: readonly string[],
    action = 'UpdateItem',
    by = administrator,
  ): boolean => refuses(policyAt(synthesized, at), call(at, keys, action, by));
  const synthesized = synthesize(threeRegions);
  const item = (site: string): string => `team/a#1d.microUsd#2026-01-01#0#${site}`;

  it.each(regions)(
    'is refused at the replica of %s unless it ends with that site, to an administrator too',
    (at) => {
      for (const site of regions) {
        for (const action of writes) expect(refusedAt(at, [item(site)], action)).toBe(site !== at);
      }
      const [other = ''] = regions.filter((region) => region !== at);
      expect(refusedAt(at, [item(at), item(other)], 'BatchWriteItem')).toBe(true);
      expect(refusedAt(at, [`${item(at)}.2`])).toBe(true);
      expect(refusedAt(at, [item(at).slice(0, -1)])).toBe(true);
    },
  );

  it.each(regions)('is nobody’s to write by exception: the refusal in %s is for every principal', (at) => {
    expect(policyAt(synthesized, at)).toMatchObject([
      { Sid: 'OneReplicaPerItem', Effect: 'Deny', Principal: { AWS: '*' } },
    ]);
    expect(policyAt(synthesized, at)).toHaveLength(1);
  });

  it('may be read, and replicas made and removed, as identity policies say', () => {
    for (const action of ['GetItem', 'Query', 'Scan', 'BatchGetItem']) {
      expect(refusedAt('eu-central-1', [item('us-east-1')], action)).toBe(false);
    }
    // What DynamoDB asks of who makes a replica names no item.
    for (const action of writes) expect(refusedAt('eu-central-1', [], action)).toBe(false);
  });

  it('is replicated: neither the service-linked role nor the service is refused', () => {
    for (const action of writes) {
      expect(refusedAt('eu-central-1', [item('us-east-1')], action, replication)).toBe(false);
    }
    const byService: Call = {
      ...call('eu-central-1', [item('us-east-1')], 'PutItem', administrator),
      context: { 'aws:PrincipalIsAWSService': ['true'] },
    };
    expect(refuses(policyAt(synthesized, 'eu-central-1'), byService)).toBe(false);
  });

  it('of a site that has left is written where it was, if anywhere', () => {
    const at = (region: string, site: string): boolean =>
      refuses(policyAt(returned, region), call(region, [item(site)], 'UpdateItem', administrator));
    expect(at('eu-central-1', 'eu-central-1')).toBe(false);
    expect(at('eu-central-1', 'eu-central-1.2')).toBe(false);
    expect(at('us-east-1', 'eu-central-1.2')).toBe(true);
    expect(at('us-east-1', 'ap-northeast-1')).toBe(true);
    expect(at('eu-central-1', 'ap-northeast-1')).toBe(true);
  });

  it('is guarded in every region of every deployment', () => {
    for (const { name, regions: all, templates } of deployments) {
      for (const region of all) {
        const { Resources } = templateOf(templates, `${name}-${region}`).toJSON();
        expect(Resources.LedgerGuardPolicy63AB1C41).toMatchObject({
          Type: 'Custom::LedgerPolicy',
          Properties: { TableArn: `arn:aws:dynamodb:${region}:${account}:table/${name}-quotas` },
        });
      }
    }
  });
});
