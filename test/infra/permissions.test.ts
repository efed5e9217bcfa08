import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { account, statementsOf, synthesize, templateOf, threeRegions, type Statement } from './templates.ts';

const templates = synthesize(threeRegions);
const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];

/** Every wildcard a policy may contain, and why it must. `<region>` stands for the stack's own. */
const wildcards: Readonly<Record<string, string>> = {
  [`arn:aws:secretsmanager:<region>:${account}:secret:fairlead/*`]:
    'secrets are named by the gateway document at run time, and their ARNs end in random characters',
  'arn:aws:bedrock:<region>::foundation-model/*': 'models are named by the gateway document at run time',
  [`arn:aws:bedrock:<region>:${account}:inference-profile/*`]:
    'profiles are named by the gateway document at run time',
  [`arn:aws:bedrock:<region>:${account}:application-inference-profile/*`]:
    'profiles are named by the gateway document at run time',
  'arn:aws:bedrock:<zone>::foundation-model/*': 'a profile asks for its model in every region it routes to',
};

const zoneRegions: Readonly<Record<string, readonly string[]>> = {
  'us-east-1': ['us-east-2', 'us-west-1', 'us-west-2'],
  'eu-central-1': ['eu-west-1', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
  'ap-northeast-1': ['ap-northeast-3'],
};

describe.each(regions)("the gateway's role in %s", (region) => {
  const statements = statementsOf(templateOf(templates, `fairlead-${region}`), 'GatewayRole');
  const table = (name: string): string => `arn:aws:dynamodb:${region}:${account}:table/fairlead-${name}`;

  it('may do exactly this', () => {
    expect(statements.map(summary)).toEqual(
      expect.arrayContaining([
        [['logs:CreateLogStream', 'logs:PutLogEvents'], [{ 'Fn::GetAtt': ['GatewayLogs34792D0F', 'Arn'] }]],
        [['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'], [table('governance')]],
        [
          ['secretsmanager:GetSecretValue'],
          [`arn:aws:secretsmanager:${region}:${account}:secret:fairlead/*`],
        ],
        [
          ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
          [
            `arn:aws:bedrock:${region}:${account}:application-inference-profile/*`,
            `arn:aws:bedrock:${region}:${account}:inference-profile/*`,
            `arn:aws:bedrock:${region}::foundation-model/*`,
          ],
        ],
      ]),
    );
    expect(statements.map(summary)).toEqual(
      expect.arrayContaining([
        [['dynamodb:UpdateItem'], [table('health')]],
        [['dynamodb:PutItem'], [table('decisions')]],
        [['sqs:SendMessage'], [{ 'Fn::GetAtt': ['SettlementsQueue70703509', 'Arn'] }]],
      ]),
    );
    expect(statements).toHaveLength(12);
  });

  it('reads no secret and no table of another region but the items it may borrow from', () => {
    for (const { Action, Resource } of statements) {
      for (const arn of Resource.filter(isString)) {
        if (arn.startsWith('arn:aws:bedrock:') || arn.includes(`:${region}:`)) continue;
        expect(arn).toMatch(/^arn:aws:dynamodb:[\w-]+:\d+:table\/fairlead-quotas$/);
        expect(Action.toSorted()).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
      }
    }
  });

  it('writes an item of the ledger at the replica of the region in its key, and nowhere else', () => {
    expect(ledgerOf(statements)).toEqual(ledgerRights(region));
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

  it('has no wildcard without a reason', () => {
    const used = statements
      .flatMap(({ Action, Resource }) => [...Action, ...Resource])
      .filter(isString)
      .filter((text) => text.includes('*'))
      .map((text) =>
        (zoneRegions[region] ?? []).reduce(
          (arn, other) => arn.replace(`:${other}:`, ':<zone>:'),
          text.replace(`:${region}:`, ':<region>:'),
        ),
      );
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(wildcards).toSorted());
  });

  it('is the only role besides those of settlements, administration and API Gateway’s log', () => {
    const template = templateOf(templates, `fairlead-${region}`);
    expect(Object.keys(template.findResources('AWS::IAM::Role'))).toEqual([
      'SettlementsRoleC411E337',
      'GatewayRole85066176',
      'AdminRoleB15CDE94',
      'ApiRestCloudWatchRoleC77E86EB',
    ]);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] },
      ManagedPolicyArns: Match.absent(),
      Policies: Match.absent(),
    });
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
    expect(statements.map(({ Action }) => Action.toSorted())).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
      ],
      ...ledgerRights(region).map(({ actions }) => actions),
    ]);
    expect(ledgerOf(statements)).toEqual(ledgerRights(region));
  });
});

describe.each(regions)("the administration's role in %s", (region) => {
  const template = templateOf(templates, `fairlead-${region}`);
  const statements = statementsOf(template, 'AdminRole');
  const at = (name: string, where = region): string =>
    `arn:aws:dynamodb:${where}:${account}:table/fairlead-${name}`;
  const actions = (...names: string[]): string[] => names.map((name) => `dynamodb:${name}`);

  it('writes governance at home, and reads the rest without a value of a secret', () => {
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow').map(summary);
    expect(allowed).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [{ 'Fn::GetAtt': ['AdminLogs922FEE7F', 'Arn'] }]],
      // At home the two statements about one replica are one.
      ...(region === 'us-east-1' ? [] : [[actions('GetItem', 'Query', 'Scan'), [at('governance')]]]),
      [
        actions('DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'),
        [at('governance', 'us-east-1')],
      ],
      [actions('BatchGetItem', 'GetItem'), [at('quotas')]],
      [actions('Query'), [at('health')]],
      [actions('GetItem'), [at('decisions')]],
      [['secretsmanager:DescribeSecret'], [`arn:aws:secretsmanager:${region}:${account}:secret:fairlead/*`]],
    ]);
  });

  it('neither updates nor deletes what is written down of changes', () => {
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
      {
        Effect: 'Deny',
        Action: actions('DeleteItem', 'UpdateItem'),
        Resource: [at('governance', 'us-east-1')],
        Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['audit#*'] } },
      },
    ]);
  });

  it.each([
    ['viewer', 7],
    ['operator', 14],
    ['owner', 15],
  ])('is called by a %s on %i routes, each by its method', (role, count) => {
    const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
    const policy = policies.find(({ Properties }) => Properties.ManagedPolicyName.endsWith(`-${role}`));
    const [statement, ...others] = policy?.['Properties'].PolicyDocument.Statement;
    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
    const paths: string[] = statement.Resource.map((arn: { 'Fn::Join': [string, unknown[]] }) =>
      String(arn['Fn::Join'][1].at(-1)),
    );
    expect(paths).toHaveLength(count);
    for (const path of paths) expect(path).toMatch(/^\/live\/(?:GET|POST|PUT|DELETE)\/admin\/v1\/[a-z*/-]+$/);
    expect(paths.includes('/live/PUT/admin/v1/document')).toBe(role === 'owner');
    expect(paths.includes('/live/DELETE/admin/v1/keys/*')).toBe(role !== 'viewer');
  });
});

/** Statements about the quota ledger. */
const ledgerOf = (statements: readonly Statement[]) =>
  statements
    .filter(({ Resource }) => Resource.some((arn) => isString(arn) && arn.endsWith('/fairlead-quotas')))
    .map(({ Action, Resource, Condition }) => ({
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
    only: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`*#${region}`] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  })),
];

const quotasAt = (region: string): string => `arn:aws:dynamodb:${region}:${account}:table/fairlead-quotas`;

it('the state stack grants nothing to anybody', () => {
  const state = templateOf(templates, 'fairlead-state');
  state.resourceCountIs('AWS::IAM::Policy', 0);
  state.resourceCountIs('AWS::IAM::Role', 0);
});

function summary({ Action, Resource }: Statement): readonly [readonly string[], readonly unknown[]] {
  return [Action.toSorted(), Resource.toSorted()];
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
