import { Match } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowLanes, windowPk } from '../../lib/stores/health-items.ts';
import { restsPk } from '../../lib/stores/key-rest-items.ts';
import { snapshotCopies, snapshotPk } from '../../lib/stores/snapshot-items.ts';
import { permits } from './iam.ts';
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
  '*#<site>': 'owners, quotas and windows are known at run time; the site at the end confines',
  'window#*': 'windows are spread over lanes, so that no partition takes all writes of a region',
  'snapshot#*': 'a snapshot lies in several copies, beside the claim on the next one',
};

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
    expect(statements.filter((each) => !isOfLedger(each) && !isThroughProfile(each)).map(exactly)).toEqual([
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
    expect(statements).toHaveLength(14);
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

  it('has no wildcard without a reason', () => {
    const used = statements
      .flatMap(({ Action, Resource, Condition }) => [...Action, ...Resource, ...leadingKeysOf(Condition)])
      .filter(isString)
      .filter((text) => text.includes('*'))
      .map((text) =>
        (zoneRegions[region] ?? []).reduce(
          (arn, other) => arn.replace(`:${other}:`, ':<zone>:'),
          text.replace(`:${region}:`, ':<region>:').replace(/^\*#[a-z-]+-\d$/, '*#<site>'),
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
    expect(statements.filter((each) => !isOfLedger(each)).map(exactly)).toEqual([
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
