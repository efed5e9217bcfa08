import { Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowLanes, windowPk } from '../../lib/stores/health-items.ts';
import { restsPk } from '../../lib/stores/key-rest-items.ts';
import { snapshotCopies, snapshotPk } from '../../lib/stores/snapshot-items.ts';
import { permits } from './iam.ts';
import { examples } from '../../cdk/examples.ts';
import { seed } from '../../functions/seed/seed.ts';
import { startTestDatabase } from '../support/dynalite.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  account,
  principalsOf,
  statementsOf,
  synthesize,
  templateOf,
  textOf,
  threeRegions,
  type Statement,
} from './templates.ts';

const templates = synthesize(threeRegions);
const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];

/**
 * Every wildcard a policy may contain: who may have it, and why it must be. `<region>` stands for the stack's own,
 * `<zone>` for another region of its zones, `<other>` for another of the deployment.
 */
const wildcards: Readonly<Record<string, { readonly of: readonly string[]; readonly why: string }>> = {
  [`arn:aws:secretsmanager:<region>:${account}:secret:<prefix>/*`]: {
    of: ['GatewayRole', 'AdminRole'],
    why: 'secrets are named by the gateway document at run time, and their ARNs end in random characters',
  },
  'arn:aws:bedrock:<region>::foundation-model/*': {
    of: ['GatewayRole'],
    why: 'models are named by the gateway document at run time',
  },
  [`arn:aws:bedrock:<region>:${account}:inference-profile/*`]: {
    of: ['GatewayRole'],
    why: 'profiles are named by the gateway document at run time',
  },
  [`arn:aws:bedrock:<region>:${account}:application-inference-profile/*`]: {
    of: ['GatewayRole'],
    why: 'profiles are named by the gateway document at run time',
  },
  'arn:aws:bedrock:<zone>::foundation-model/*': {
    of: ['GatewayRole'],
    why: 'a profile asks for its model in every region it routes to',
  },
  [`arn:aws:kms:<other>:${account}:key/*`]: {
    of: ['GatewayRole', 'SettlementsRole', 'AdminRole'],
    why: 'ids of keys are made in their regions; the alias, and DynamoDB there, confine',
  },
  '*#<site>': {
    of: ['GatewayRole', 'SettlementsRole', 'AdminRole'],
    why: 'owners, quotas and windows are known at run time; the site at the end confines',
  },
  'window#*': {
    of: ['GatewayRole'],
    why: 'windows are spread over lanes, so that no partition takes all writes of a region',
  },
  'snapshot#*': {
    of: ['GatewayRole'],
    why: 'a snapshot lies in several copies, beside the claim on the next one',
  },
  'audit#*': { of: ['AdminRole', 'SeedRole'], why: 'one partition of records a month' },
  'policy#*': { of: ['SeedRole'], why: 'a policy lies under its digest' },
  '<bucket>/*': { of: ['GatewayRole'], why: 'prompts are named by day and request' },
  '/live/<admin>/*': {
    of: ['AdminAccessViewerRole', 'AdminAccessOperatorRole', 'AdminAccessOwnerRole'],
    why: 'a virtual key or a request is named by its id',
  },
  '*': {
    of: ['GatewayRole', 'SettlementsRole', 'AdminRole', 'MaintenanceRole'],
    why: 'network interfaces and traces: actions that know no resource (checked by name below)',
  },
};

const makeInterface = 'ec2:CreateNetworkInterface';

/** Actions that may stand beside the resource "*": IAM knows none for them, or none yet. */
const withoutResource = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const zoneRegions: Readonly<Record<string, readonly string[]>> = {
  'us-east-1': ['us-east-2', 'us-west-1', 'us-west-2'],
  'eu-central-1': ['eu-west-1', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
  'ap-northeast-1': ['ap-northeast-3'],
};

describe.each(regions)("the gateway's role in %s", (region) => {
  const statements = statementsOf(templateOf(templates, `fairlead-${region}`), 'GatewayRole');
  const table = (name: string): string => `arn:aws:dynamodb:${region}:${account}:table/fairlead-${name}`;

  it('may do exactly this, beside the ledger and models of the zone', () => {
    const unconfined = (actions: readonly string[], at: readonly unknown[]) => [actions, at, undefined];
    const rest = statements.filter((each) => !isOfLedger(each) && !isThroughProfile(each) && !isOfKeys(each));
    expect(rest.map(exactly)).toEqual([
      unconfined(
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        [{ 'Fn::GetAtt': ['GatewayLogs34792D0F', 'Arn'] }],
      ),
      unconfined(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'], [table('governance')]),
      [['dynamodb:UpdateItem'], [table('health')], onlyLeadingKeys('window#*', 'snapshot#*', 'key-rests')],
      [['dynamodb:Query'], [table('health')], onlyLeadingKeys('window#*', 'key-rests')],
      [['dynamodb:GetItem'], [table('health')], onlyLeadingKeys('snapshot#*')],
      unconfined(['dynamodb:PutItem'], [table('decisions')]),
      unconfined(['sqs:SendMessage'], [{ 'Fn::GetAtt': ['SettlementsQueue70703509', 'Arn'] }]),
      unconfined(
        ['secretsmanager:GetSecretValue'],
        [`arn:aws:secretsmanager:${region}:${account}:secret:fairlead/*`],
      ),
      unconfined(
        ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
        [
          `arn:aws:bedrock:${region}:${account}:application-inference-profile/*`,
          `arn:aws:bedrock:${region}:${account}:inference-profile/*`,
          `arn:aws:bedrock:${region}::foundation-model/*`,
        ],
      ),
    ]);
    expect(statements).toHaveLength(19);
  });

  it('reads no secret and no table of another region but the items it may borrow from', () => {
    for (const { Action, Resource } of statements) {
      for (const arn of Resource.filter(isString)) {
        if (/^arn:aws:(?:bedrock|kms):/.test(arn) || arn.includes(`:${region}:`)) continue;
        expect(arn).toMatch(/^arn:aws:dynamodb:[\w-]+:\d+:table\/fairlead-quotas$/);
        expect(Action.toSorted()).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
      }
    }
  });

  it('writes an item of the ledger at the replica of the region in its key, and nowhere else', () => {
    expect(ledgerOf(statements)).toEqual(ledgerRights(region));
  });

  it('shares health in its own region, by the calls the stores make, and deletes nothing of it', () => {
    const may = (action: string, key: string, at = region) =>
      permits(statements, {
        action: `dynamodb:${action}`,
        resource: `arn:aws:dynamodb:${at}:${account}:table/fairlead-health`,
        leadingKeys: [key],
      });
    const lanes = Array.from({ length: windowLanes }, (_, lane) => windowPk(lane));
    const copies = Array.from({ length: snapshotCopies }, (_, copy) => snapshotPk(copy));
    const [claim, others] = [snapshotPk('claim'), ['key-rest#openai/a', 'key-rests#', 'other', '']];
    const all = [...lanes, ...copies, claim, restsPk, ...others];
    const allowed = (action: string, at?: string) => all.filter((key) => may(action, key, at));
    expect(allowed('UpdateItem')).toEqual([...lanes, ...copies, claim, restsPk]);
    expect(allowed('Query')).toEqual([...lanes, restsPk]);
    expect(allowed('GetItem')).toEqual([...copies, claim]);
    for (const never of ['PutItem', 'DeleteItem', 'Scan', 'BatchWriteItem', 'BatchGetItem']) {
      expect(allowed(never)).toEqual([]);
    }
    for (const other of regions.filter((each) => each !== region)) {
      for (const action of ['UpdateItem', 'Query', 'GetItem']) expect(allowed(action, other)).toEqual([]);
    }
  });

  it("uses models of the zone's other regions only through a profile of its own region", () => {
    const conditional = statements.filter(
      ({ Action, Condition }) =>
        Condition !== undefined && Action.some((each) => each.startsWith('bedrock:')),
    );
    expect(conditional.map(({ Condition }) => Condition)).toEqual([
      {
        ArnLike: {
          'bedrock:InferenceProfileArn': [
            `arn:aws:bedrock:${region}:${account}:inference-profile/*`,
            `arn:aws:bedrock:${region}:${account}:application-inference-profile/*`,
          ],
        },
      },
    ]);
    expect(conditional.flatMap(({ Resource }) => Resource).toSorted()).toEqual(
      (zoneRegions[region] ?? []).map((other) => `arn:aws:bedrock:${other}::foundation-model/*`).toSorted(),
    );
  });

  it('opens the data key through the services it uses, and those of other regions through their DynamoDB alone', () => {
    expect(keysOf(statements)).toEqual([
      [['kms:Decrypt'], [dataKey(region)], via(`dynamodb.${region}`)],
      ...lendingKeys(region),
      [['kms:Decrypt', 'kms:GenerateDataKey'], [dataKey(region)], via(`sqs.${region}`)],
      [['kms:Decrypt'], [dataKey(region)], via(`secretsmanager.${region}`)],
    ]);
  });

  it('has these roles and no other beside it', () => {
    const template = templateOf(templates, `fairlead-${region}`);
    const roles = Object.keys(template.findResources('AWS::IAM::Role'));
    expect(roles.map((id) => id.replace(/[0-9A-F]{8}$/, '')).toSorted()).toEqual(
      [
        'AdminRole',
        'ApiRestCloudWatchRole',
        'GatewayRole',
        'LedgerGuardRole',
        'MaintenanceRole',
        'RolloutGroupServiceRole',
        ...(region === 'us-east-1' ? ['SeedRole'] : []),
        'SettlementsRole',
      ].toSorted(),
    );
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] },
      ManagedPolicyArns: Match.absent(),
      Policies: Match.absent(),
    });
  });
});

describe('every role of every example', () => {
  const synthesized = [threeRegions, ...examples].map((deployment) => ({
    deployment,
    stacks: [...synthesize(deployment)],
  }));
  const all = synthesized.flatMap(({ deployment, stacks }) =>
    stacks.flatMap(([stack, template]) =>
      [...principalsOf(template)].map(([id, principal]) => ({
        deployment,
        stack,
        role: id.replace(/[0-9A-F]{8}$/, ''),
        ...principal,
      })),
    ),
  );

  /** What a wildcard is, beside the region and deployment it is for. */
  function kindOf(value: unknown, stack: string, name: string): string {
    const region = stack.slice(name.length + 1);
    if (!isString(value)) {
      const text = JSON.stringify(value);
      if (!text.includes('*')) return '';
      if (text.includes('PromptsBucket')) return '<bucket>/*';
      return textOf(value).replace(/^arn:aws:execute-api:.+\/live\/.+\/admin\/v1\/.*$/, '/live/<admin>/*');
    }
    if (!value.includes('*')) return '';
    return value
      .replace(`:${region}:`, ':<region>:')
      .replace(/^(arn:aws:bedrock):[a-z]+-[a-z]+-\d:/, '$1:<zone>:')
      .replace(/^(arn:aws:kms):[a-z]+-[a-z]+-\d:/, '$1:<other>:')
      .replace(`:secret:${name}/*`, ':secret:<prefix>/*')
      .replace(/^\*#[a-z-]+-\d$/, '*#<site>');
  }

  it('has no wildcard without a reason, and every reason is still one', () => {
    const used = all.flatMap(({ role, stack, deployment, statements }) =>
      statements
        .flatMap(({ Action, Resource, Condition }) => [...Action, ...Resource, ...leadingKeysOf(Condition)])
        .map((value) => ({ role, kind: kindOf(value, stack, deployment.name) }))
        .filter(({ kind }) => kind !== ''),
    );
    for (const { role, kind } of used) {
      // On managed instances the gateway has the rights it has elsewhere.
      const as = role === 'ManagedGatewayRole' ? 'GatewayRole' : role;
      expect(wildcards[kind]?.of ?? [`nobody: ${kind}`]).toContain(as);
    }
    expect([...new Set(used.map(({ kind }) => kind))].toSorted()).toEqual(Object.keys(wildcards).toSorted());
  });

  it('has on managed instances the rights the gateway has elsewhere, and the log of its own', () => {
    const rightsOf = (stack: string, wanted: string) =>
      all
        .filter((each) => each.stack === stack && each.role === wanted)
        .flatMap(({ statements }) => statements)
        // Standing in a VPC is a matter of the instances there, not of the function.
        .filter(({ Action }) => !Action.some((action) => /^(?:logs|ec2):/.test(action)))
        .map((statement) => JSON.stringify(statement))
        .toSorted();
    const stacks = [
      ...new Set(all.filter(({ role }) => role === 'ManagedGatewayRole').map(({ stack }) => stack)),
    ];
    expect(stacks).toHaveLength(2);
    for (const stack of stacks)
      expect(rightsOf(stack, 'ManagedGatewayRole')).toEqual(rightsOf(stack, 'GatewayRole'));
  });

  it('names everything but what knows no resource', () => {
    const actions = all.flatMap(({ statements }) =>
      statements.filter(({ Resource }) => Resource.includes('*')).flatMap(({ Action }) => Action),
    );
    expect([...new Set(actions)].toSorted()).toEqual(withoutResource);
  });

  it('leaves network interfaces to Lambda, which stands functions in a VPC by their role, and not to their code', () => {
    const inVpc = all.filter(({ statements }) =>
      statements.some(({ Action }) => Action.includes(makeInterface)),
    );
    expect(new Set(inVpc.map(({ role }) => role))).toEqual(
      new Set(['GatewayRole', 'SettlementsRole', 'AdminRole', 'MaintenanceRole']),
    );
    for (const { statements } of inVpc) {
      for (const action of withoutResource.filter((each) => each.startsWith('ec2:'))) {
        const call = { action, resource: 'arn:aws:ec2:eu-west-1:111111111111:network-interface/eni-1' };
        const fromCode = { 'lambda:SourceFunctionArn': ['arn:aws:lambda:eu-west-1:111111111111:function:f'] };
        expect(permits(statements, call)).toBe(true);
        expect(permits(statements, { ...call, context: fromCode })).toBe(false);
      }
    }
  });

  it('has no policy of AWS but those of API Gateway’s log, of deployments and of managed instances', () => {
    const used = all.flatMap(({ role, awsPolicies }) => awsPolicies.map((arn) => `${role} ${arn}`));
    expect([...new Set(used)].toSorted()).toEqual([
      'ApiRestCloudWatchRole arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
      'ManagedGatewayOperator arn:<AWS::Partition>:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator',
      'RolloutGroupServiceRole arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited',
    ]);
  });

  it('lies under the boundary of a deployment that has one', () => {
    const bounded = synthesized.find(({ deployment }) => deployment.name === 'llm-prod')?.stacks ?? [];
    const roles = bounded.flatMap(([, template]) => Object.values(template.findResources('AWS::IAM::Role')));
    expect(roles.length).toBeGreaterThan(20);
    const boundary = `arn:aws:iam::${account}:policy/boundary`;
    for (const role of roles) expect(role).toMatchObject({ Properties: { PermissionsBoundary: boundary } });
  });
});

it('no zone: Bedrock in the own region and nowhere else', () => {
  const stateless = synthesize({ ...threeRegions, regions: [{ region: 'us-east-1', zones: [] }] });
  const statements = statementsOf(templateOf(stateless, 'fairlead-us-east-1'), 'GatewayRole');
  const bedrock = statements.filter(({ Action }) => Action.some((each) => each.startsWith('bedrock:')));
  expect(bedrock.filter(({ Condition }) => Condition !== undefined)).toEqual([]);
});

describe.each(regions)("the settlement function's role in %s", (region) => {
  const statements = statementsOf(templateOf(templates, `fairlead-${region}`), 'SettlementsRole');

  it('may read its queue, keep the ledger and write its log', () => {
    expect(statements.filter((each) => !isOfLedger(each) && !isOfKeys(each)).map(exactly)).toEqual([
      [
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        [{ 'Fn::GetAtt': ['SettlementsLogs8A8C545F', 'Arn'] }],
        undefined,
      ],
      [
        [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:GetQueueUrl',
          'sqs:ReceiveMessage',
        ],
        [{ 'Fn::GetAtt': ['SettlementsQueue70703509', 'Arn'] }],
        undefined,
      ],
    ]);
    expect(ledgerOf(statements)).toEqual(ledgerRights(region));
    expect(keysOf(statements)).toEqual([
      [['kms:Decrypt'], [dataKey(region)], via(`sqs.${region}`)],
      [['kms:Decrypt'], [dataKey(region)], via(`dynamodb.${region}`)],
      ...lendingKeys(region),
    ]);
  });
});

it("the seed's role may do what storing a first document takes, and nothing else", async () => {
  const database = await startTestDatabase();
  const calls: { action: string; leadingKeys: readonly string[] }[] = [];
  database.client.middlewareStack.add(
    (next, context) => (args) => {
      const input: unknown = args.input;
      const item: unknown = Reflect.get(Object(input), 'Key') ?? Reflect.get(Object(input), 'Item');
      const key: unknown = Reflect.get(Object(Reflect.get(Object(item), 'pk')), 'S');
      calls.push({
        action: `dynamodb:${(context.commandName ?? '').replace(/Command$/, '')}`,
        leadingKeys: typeof key === 'string' ? [key] : [],
      });
      return next(args);
    },
    { step: 'initialize' },
  );
  await seed(database.client, database.tableNames.governance, new ManualClock(), 'r-1');
  await database.close();

  const statements = statementsOf(templateOf(templates, 'fairlead-us-east-1'), 'SeedRole');
  const resource = `arn:aws:dynamodb:us-east-1:${account}:table/fairlead-governance`;
  expect([...new Set(calls.map(({ action }) => action))].toSorted()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Scan',
    'dynamodb:UpdateItem',
  ]);
  expect(calls.filter((call) => !permits(statements, { ...call, resource }))).toEqual([]);
  for (const [action, key] of [
    ['PutItem', 'key#abc'],
    ['UpdateItem', 'policy#abc'],
    ['UpdateItem', 'audit#2026-01'],
    ['DeleteItem', 'policy'],
    ['Query', 'policy'],
  ] as const) {
    expect(permits(statements, { action: `dynamodb:${action}`, resource, leadingKeys: [key] })).toBe(false);
  }
  expect(keysOf(statements)).toEqual([[['kms:Decrypt'], [dataKey('us-east-1')], via('dynamodb.us-east-1')]]);
});

describe.each(regions)("the guard's role in %s", (region) => {
  it('may put the policy of its own replica of the ledger, and nothing else', () => {
    const statements = statementsOf(templateOf(templates, `fairlead-${region}`), 'LedgerGuardRole');
    expect(statements.filter(({ Action }) => !Action.some((each) => each.startsWith('logs:')))).toEqual([
      { Effect: 'Allow', Action: ['dynamodb:PutResourcePolicy'], Resource: [quotasAt(region)] },
    ]);
  });
});

describe.each(['GatewayRole', 'SettlementsRole'])('the ledger by IAM, for %s', (role) => {
  const site = fc.constantFrom(...regions);
  /** Owners and windows may hold whatever they like, "#" and the names of sites included. */
  const item = (of: string) => fc.string().chain((start) => site.map((other) => `${start}#${other}#0#${of}`));

  it('opens an item at the replica of the region in its key, whoever calls, and at no other', () => {
    fc.assert(
      fc.property(
        site,
        site,
        site.chain((of) => fc.tuple(fc.constant(of), item(of))),
        (caller, at, [of, key]) => {
          const statements = statementsOf(templateOf(templates, `fairlead-${caller}`), role);
          const may = (action: string) =>
            permits(statements, {
              action: `dynamodb:${action}`,
              resource: quotasAt(at),
              leadingKeys: [key],
            });
          expect(may('UpdateItem')).toBe(at === of);
          expect(may('GetItem')).toBe(at === of || at === caller);
          for (const never of ['PutItem', 'DeleteItem', 'Scan']) expect(may(never)).toBe(false);
        },
      ),
    );
  });

  it.each([[[]], [['team/a#1d.microUsd#w#0#us-east-1', 'team/a#1d.microUsd#w#0#eu-central-1']]])(
    'opens nothing to a call that names these items: %j',
    (leadingKeys) => {
      const statements = statementsOf(templateOf(templates, 'fairlead-us-east-1'), role);
      for (const at of regions) {
        const call = { action: 'dynamodb:UpdateItem', resource: quotasAt(at), leadingKeys };
        expect(permits(statements, call)).toBe(false);
      }
    },
  );
});

it('a region that returns has the rights of its new site, not of its old one', () => {
  const returned = synthesize({
    ...threeRegions,
    regions: [
      { region: 'us-east-1', share: 1 },
      { region: 'eu-central-1', site: 'eu-central-1.2', share: 0 },
    ],
    formerSites: ['eu-central-1'],
  });
  const statements = statementsOf(templateOf(returned, 'fairlead-us-east-1'), 'GatewayRole');
  const lendsTo = (site: string) =>
    permits(statements, {
      action: 'dynamodb:UpdateItem',
      resource: quotasAt('eu-central-1'),
      leadingKeys: [`team/a#1d.microUsd#w#0#${site}`],
    });
  expect([lendsTo('eu-central-1.2'), lendsTo('eu-central-1')]).toEqual([true, false]);
});

const isOfLedger = ({ Resource }: Statement): boolean =>
  Resource.some((arn) => isString(arn) && arn.endsWith('/fairlead-quotas'));

const isOfKeys = ({ Action }: Statement): boolean => Action.some((each) => each.startsWith('kms:'));

/** Statements about keys. */
const keysOf = (statements: readonly Statement[]) =>
  statements
    .filter(isOfKeys)
    .map(({ Action, Resource, Condition }) => [Action.toSorted(), Resource, Condition]);

const dataKey = (region: string): object => ({
  'Fn::ImportValue': expect.stringMatching(`^fairlead-keys-${region}:ExportsOutputFnGetAttKeysData`),
});

const via = (service: string): object => ({ StringEquals: { 'kms:ViaService': `${service}.amazonaws.com` } });

const lendingKeys = (own: string) =>
  regions
    .filter((region) => region !== own)
    .map((region) => [
      ['kms:Decrypt'],
      [`arn:aws:kms:${region}:${account}:key/*`],
      {
        ...via(`dynamodb.${region}`),
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/fairlead-data' },
      },
    ]);

const isThroughProfile = ({ Condition }: Statement): boolean => Condition?.['ArnLike'] !== undefined;

/** Statements about the quota ledger. */
const ledgerOf = (statements: readonly Statement[]) =>
  statements.filter(isOfLedger).map(({ Action, Resource, Condition }) => ({
    actions: Action.toSorted(),
    at: Resource,
    only: Condition,
  }));

const ledgerRights = (own: string) => [
  {
    actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'],
    at: [quotasAt(own)],
    only: undefined,
  },
  ...regions.map((region) => ({
    actions: region === own ? ['dynamodb:UpdateItem'] : ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    at: [quotasAt(region)],
    only: onlyLeadingKeys(`*#${region}`),
  })),
];

const quotasAt = (region: string): string => `arn:aws:dynamodb:${region}:${account}:table/fairlead-quotas`;

it('the state stack grants nothing to anybody', () => {
  const state = templateOf(templates, 'fairlead-state');
  state.resourceCountIs('AWS::IAM::Policy', 0);
  state.resourceCountIs('AWS::IAM::Role', 0);
});

function exactly({ Action, Resource, Condition }: Statement): readonly unknown[] {
  return [Action.toSorted(), Resource.toSorted(), Condition];
}

function onlyLeadingKeys(...patterns: readonly string[]): object {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

const leadingKeysOf = (condition: Statement['Condition']): readonly unknown[] =>
  Object.values(condition ?? {}).flatMap((keys) => keys['dynamodb:LeadingKeys'] ?? []);

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
