import { describe, expect, it } from 'vitest';
import { airgapped, prod } from '../../cdk/examples.ts';
import { adminBasePath, adminRoles, adminRoutes, routesOf } from '../../lib/admin/routes.ts';
import { permits } from './iam.ts';
import { account, statementsOf, synthesize, templateOf, textOf, threeRegions } from './templates.ts';

const templates = synthesize(threeRegions);
const home = 'us-east-1';
const regions = [home, 'eu-central-1', 'ap-northeast-1'];

describe.each(regions)("the administration's role in %s", (region) => {
  const statements = statementsOf(templateOf(templates, `fairlead-${region}`), 'AdminRole');
  const at = (name: string, where = region): string =>
    `arn:aws:dynamodb:${where}:${account}:table/fairlead-${name}`;
  const actions = (...names: string[]): string[] => names.map((name) => `dynamodb:${name}`);

  it('writes governance at home, and reads the rest without a value of a secret', () => {
    const allow = (Action: readonly string[], resource: unknown) => ({
      Effect: 'Allow',
      Action,
      Resource: [resource],
    });
    const queueOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
    const via = (service: string, where = region) => ({
      'kms:ViaService': `${service}.${where}.amazonaws.com`,
    });
    const ownKey = {
      'Fn::ImportValue': expect.stringMatching(`^fairlead-keys-${region}:ExportsOutputFnGetAttKeysData`),
    };
    expect(statements.map((each) => ({ ...each, Action: each.Action.toSorted() }))).toEqual([
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], { 'Fn::GetAtt': ['AdminLogs922FEE7F', 'Arn'] }),
      // At home the two statements about one replica are one.
      ...(region === home ? [] : [allow(actions('GetItem', 'Query', 'Scan'), at('governance'))]),
      allow(
        actions('DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'),
        at('governance', home),
      ),
      {
        Effect: 'Deny',
        Action: actions('DeleteItem', 'UpdateItem'),
        Resource: [at('governance', home)],
        Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['audit#*'] } },
      },
      allow(actions('BatchGetItem'), at('quotas')),
      // A region that leaves hands over what is left of its own items. Wildcard: owners and windows are known at run
      // time; the site at the end confines.
      {
        ...allow(actions('GetItem', 'UpdateItem'), at('quotas')),
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`*#${region}`] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      },
      { ...allow(['kms:Decrypt'], ownKey), Condition: { StringEquals: via('dynamodb') } },
      // Wildcard: the id of a key is made in its region; the alias, and DynamoDB there, confine.
      ...(region === home
        ? []
        : [
            {
              ...allow(['kms:Decrypt'], `arn:aws:kms:${home}:${account}:key/*`),
              Condition: {
                StringEquals: via('dynamodb', home),
                'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/fairlead-data' },
              },
            },
          ]),
      {
        ...allow(actions('Query'), at('health')),
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['key-rests'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      },
      allow(actions('GetItem'), at('decisions')),
      // Wildcard: secrets are named by the gateway document at run time, and their ARNs end in random characters.
      allow(
        ['secretsmanager:DescribeSecret'],
        `arn:aws:secretsmanager:${region}:${account}:secret:fairlead/*`,
      ),
      allow(['sqs:GetQueueAttributes', 'sqs:SendMessage'], queueOf('SettlementsQueue70703509')),
      allow(
        [
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ListMessageMoveTasks',
          'sqs:ReceiveMessage',
          'sqs:StartMessageMoveTask',
        ],
        queueOf('SettlementsDeadE5888926'),
      ),
      { ...allow(['kms:Decrypt', 'kms:GenerateDataKey'], ownKey), Condition: { StringEquals: via('sqs') } },
    ]);
  });

  it.each([
    ['PutItem', 'audit#2026-11', true],
    ['UpdateItem', 'audit#2026-11', false],
    ['DeleteItem', 'audit#2026-11', false],
    ['UpdateItem', 'policy', true],
    ['DeleteItem', 'team#audit', true],
    ['BatchWriteItem', 'audit#2026-11', false],
    ['PartiQLUpdate', 'audit#2026-11', false],
  ])('%s of %s at home: %s', (action, key, allowed) => {
    const call = { action: `dynamodb:${action}`, leadingKeys: [key] };
    expect(permits(statements, { ...call, resource: at('governance', home) })).toBe(allowed);
    for (const other of regions.filter((each) => each !== home)) {
      expect(permits(statements, { ...call, resource: at('governance', other) })).toBe(false);
    }
  });
});

describe.each(regions)("the administrators' policies in %s", (region) => {
  const template = templateOf(templates, `fairlead-${region}`);
  const resourceOf = (method: string, path: string): string =>
    `arn:aws:execute-api:${region}:${account}:<ApiRest4DEC74FE>/live/${method}${adminBasePath}${path}`;
  const grantsOf = (role: string) =>
    statementsOf(
      template,
      `AdminAccess${role.charAt(0).toUpperCase()}${role.slice(1)}`,
      'AWS::IAM::ManagedPolicy',
    ).map((statement) => ({ ...statement, Resource: statement.Resource.map(textOf) }));

  it.each(adminRoles)('name the routes of the role and nothing else: %s', (role) => {
    expect(grantsOf(role)).toEqual([
      {
        Effect: 'Allow',
        Action: ['execute-api:Invoke'],
        Resource: expect.toSatisfy(
          (resources: string[]) =>
            resources.toSorted().join() ===
            routesOf(role)
              .map(({ method, path }) => resourceOf(method, path.replace(/\{\w+\}/, '*')))
              .toSorted()
              .join(),
        ),
      },
    ]);
  });

  it.each(adminRoles)('open no route of a higher role by a wildcard: %s', (role) => {
    const opened = adminRoutes.filter(({ method, path }) =>
      permits(grantsOf(role), {
        action: 'execute-api:Invoke',
        // The most an id may look like a path.
        resource: resourceOf(method, path.replace(/\{\w+\}/, 'document/check')),
      }),
    );
    expect(opened).toEqual(routesOf(role));
  });

  it('grow from viewer over operator to owner', () => {
    const [viewer = [], operator = [], owner = []] = adminRoles.map((role) =>
      grantsOf(role).flatMap(({ Resource }) => Resource),
    );
    expect(viewer).not.toEqual([]);
    expect(operator).toEqual(expect.arrayContaining(viewer));
    expect(owner).toEqual(expect.arrayContaining(operator));
    expect(viewer.length).toBeLessThan(operator.length);
    expect(operator.length).toBeLessThan(owner.length);
  });

  it('have names permission sets can refer to, and are attached to nobody', () => {
    const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
    expect(policies.map(({ Properties }) => Properties.ManagedPolicyName)).toEqual(
      adminRoles.map((role) => `fairlead-${region}-${role}`),
    );
    for (const { Properties } of policies) {
      expect(Object.keys(Properties)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(Users|Groups|Roles)$/)]),
      );
    }
  });

  it('are told of when the deployment ends, beside the endpoint, and nothing else is', () => {
    const outputs = template.toJSON().Outputs;
    expect(Object.keys(outputs)).toEqual([
      'Endpoint',
      'AdminEndpoint',
      'ViewerPolicy',
      'OperatorPolicy',
      'OwnerPolicy',
    ]);
    expect(textOf(outputs.AdminEndpoint.Value)).toMatch(/\/admin\/v1$/);
  });
});

describe.each(regions)("the administration's paths in %s", (region) => {
  const template = templateOf(templates, `fairlead-${region}`);
  const resources = template.findResources('AWS::ApiGateway::Resource');

  const pathOf = (id: string): string => {
    const { PathPart, ParentId } = resources[id]?.['Properties'] ?? {};
    return PathPart === undefined ? '' : `${pathOf(ParentId.Ref ?? '')}/${PathPart}`;
  };
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => ({
    path: pathOf(Properties.ResourceId.Ref ?? ''),
    method: Properties.HttpMethod,
    authorization: Properties.AuthorizationType,
    handler: /(Admin|Gateway)Function/.exec(JSON.stringify(Properties.Integration.Uri))?.[1],
    transfer: Properties.Integration.ResponseTransferMode,
    timeoutMs: Properties.Integration.TimeoutInMillis,
  }));

  it('are signed, every method of them; the gateway checks its own keys on all others', () => {
    const signed = {
      method: 'ANY',
      authorization: 'AWS_IAM',
      handler: 'Admin',
      transfer: undefined,
      timeoutMs: undefined,
    };
    const open = {
      method: 'ANY',
      authorization: 'NONE',
      handler: 'Gateway',
      transfer: 'STREAM',
      timeoutMs: 900_000,
    };
    expect(methods.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: '', ...open },
      { path: '/admin', ...signed },
      { path: '/admin/v1', ...signed },
      { path: '/admin/v1/{proxy+}', ...signed },
      { path: '/{proxy+}', ...open },
    ]);
  });

  it('have no resource without a method, which would answer as if the call were not signed', () => {
    const answering = new Set(methods.map(({ path }) => path));
    for (const id of Object.keys(resources)) expect(answering).toContain(pathOf(id));
  });

  it('are opened to everybody by no resource policy: what one allows takes no policy of the caller’s', () => {
    const [api] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
    expect(api?.['Properties']).not.toHaveProperty('Policy');
  });

  it('lead to a function that is done before API Gateway gives up', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Fairlead: administration, for callers IAM has named',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 29,
    });
  });
});

describe('the roles of administration', () => {
  const owner = `arn:aws:iam::${account}:role/platform`;
  const viewer = `arn:aws:iam::${account}:role/support`;
  const template = templateOf(synthesize(prod), 'llm-prod-eu-central-1');
  const roles = Object.entries(template.findResources('AWS::IAM::Role'))
    .filter(([id]) => id.startsWith('AdminAccess'))
    .map(([, { Properties }]) => Properties);

  it('may be assumed by whom the deployment names, and have the policy of the role and no other', () => {
    const assumedBy = (role: string, by: string) => ({
      RoleName: `llm-prod-eu-central-1-${role.toLowerCase()}`,
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: by } }],
      },
      ManagedPolicyArns: [{ Ref: expect.stringMatching(`^AdminAccess${role}[0-9A-F]{8}$`) }],
    });
    expect(roles).toMatchObject([assumedBy('Viewer', viewer), assumedBy('Owner', owner)]);
    for (const role of roles) expect(role).not.toHaveProperty('Policies');
  });

  it('are not there for roles nobody is named for', () => {
    const nobody = templateOf(synthesize(airgapped), 'llm-airgapped-eu-central-1');
    const ids = Object.keys(nobody.findResources('AWS::IAM::Role'));
    expect(ids.filter((id) => id.startsWith('AdminAccess'))).toEqual([]);
  });
});
