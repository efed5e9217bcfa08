import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { describe, expect, it } from 'vitest';
import { examples, prod } from '../../cdk/examples.ts';
import type { DeploymentInput } from '../../cdk/deployment.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

/** What must never be replaced or removed by an update: type -> logical ids, in the stacks that have them. */
const stateful: Readonly<Record<string, readonly string[]>> = {
  'AWS::KMS::Key': ['KeysDataA2F7C5E6', 'KeysOperations5671B638', 'PromptsKey2674E4CD'],
  'AWS::KMS::Alias': ['KeysDataAliasAD9E61B6', 'KeysOperationsAlias332C0D52'],
  'AWS::DynamoDB::GlobalTable': [
    'GovernanceTable3B11EFDC',
    'QuotasTable07B38682',
    'DecisionsTable1F852C44',
    'HealthTableDE1937ED',
  ],
  'AWS::S3::Bucket': ['PromptsBucketC8F33F2C'],
  'AWS::SQS::Queue': ['SettlementsQueue70703509', 'SettlementsDeadE5888926'],
};

interface Retained {
  readonly DeletionPolicy?: string;
  readonly Properties?: object;
}

type Templates = ReturnType<typeof synthesize>;
type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;

const resourcesOf = (templates: Templates, stack: string): Resources =>
  templateOf(templates, stack).toJSON()['Resources'];

interface Change {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
  readonly impact: ResourceImpact;
  readonly properties: readonly string[];
}

/** What an update does to resources of the stacks that are there before and after. */
function changes(before: Templates, after: Templates): readonly Change[] {
  return [...before.keys()]
    .filter((stack) => after.has(stack))
    .flatMap((stack) => {
      const diff = fullDiff(templateOf(before, stack).toJSON(), templateOf(after, stack).toJSON());
      return Object.entries(diff.resources.changes).map(([id, change]) => ({
        stack,
        type: change.oldResourceType ?? change.newResourceType ?? '',
        id,
        impact: change.changeImpact,
        properties: Object.keys(change.propertyUpdates),
      }));
    });
}

const harmless: readonly ResourceImpact[] = [
  ResourceImpact.WILL_UPDATE,
  ResourceImpact.WILL_CREATE,
  ResourceImpact.NO_CHANGE,
];

const losses = (all: readonly Change[]): readonly Change[] =>
  all.filter(({ type, impact }) => Object.hasOwn(stateful, type) && !harmless.includes(impact));

/** Regions a global table has replicas in, before and after. */
const replicasOf = (templates: Templates, id: string): readonly string[] => {
  const properties = resourcesOf(templates, `${threeRegions.name}-state`)[id]?.Properties;
  const replicas: unknown = Reflect.get(Object(properties), 'Replicas');
  return (Array.isArray(replicas) ? replicas : []).map(({ Region }) => String(Region)).toSorted();
};

const replica = (templates: Templates, id: string, region: string): unknown => {
  const properties = resourcesOf(templates, `${threeRegions.name}-state`)[id]?.Properties;
  const replicas: unknown = Reflect.get(Object(properties), 'Replicas');
  return (Array.isArray(replicas) ? replicas : []).find(({ Region }) => Region === region);
};

describe('regions that come and go', () => {
  const two = synthesize({ ...threeRegions, regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }] });
  const three = synthesize({
    ...threeRegions,
    regions: [
      { region: 'us-east-1', share: 0.5 },
      { region: 'eu-central-1', share: 0.5 },
      { region: 'ap-northeast-1', share: 0 },
    ],
  });
  const left = synthesize({
    ...threeRegions,
    regions: [
      { region: 'us-east-1', share: 0.5 },
      { region: 'eu-central-1', share: 0.5 },
    ],
    formerSites: ['ap-northeast-1'],
  });
  const returned = synthesize({
    ...threeRegions,
    regions: [
      { region: 'us-east-1', share: 0.5 },
      { region: 'eu-central-1', share: 0.5 },
      { region: 'ap-northeast-1', share: 0, site: 'ap-northeast-1.2' },
    ],
    formerSites: ['ap-northeast-1'],
  });
  const own = ['fairlead-keys-ap-northeast-1', 'fairlead-ap-northeast-1'];

  it.each([
    { step: 'joins', before: two, after: three, come: own, gone: [] },
    { step: 'leaves', before: three, after: left, come: [], gone: own },
    { step: 'returns under a new site', before: left, after: returned, come: own, gone: [] },
  ])('one that $step: one replica of each table, its own stacks, and nothing stateful elsewhere', (each) => {
    const { before, after, come, gone } = each;
    expect([...after.keys()].filter((stack) => !before.has(stack)).toSorted()).toEqual(come.toSorted());
    expect([...before.keys()].filter((stack) => !after.has(stack)).toSorted()).toEqual(gone.toSorted());

    const all = changes(before, after);
    expect(losses(all)).toEqual([]);
    expect(all.filter(({ stack }) => stack.includes('-keys-'))).toEqual([]);
    expect(
      all.filter(({ stack }) => stack === 'fairlead-state').map(({ id, properties }) => [id, properties]),
    ).toEqual([
      ['GovernanceTable3B11EFDC', ['Replicas']],
      ['QuotasTable07B38682', ['Replicas']],
    ]);
    for (const id of ['GovernanceTable3B11EFDC', 'QuotasTable07B38682']) {
      const [was, is] = [replicasOf(before, id), replicasOf(after, id)];
      const changed = [
        ...is.filter((region) => !was.includes(region)),
        ...was.filter((region) => !is.includes(region)),
      ];
      expect(changed).toEqual(['ap-northeast-1']);
      for (const stays of ['us-east-1', 'eu-central-1']) {
        expect(replica(after, id, stays)).toEqual(replica(before, id, stays));
      }
    }
  });

  it('takes the key of a region before its replica, and its replica before its gateway', () => {
    // Creating in one update what CloudFormation refuses in one: a policy with a replica of another region.
    expect(JSON.stringify(resourcesOf(three, 'fairlead-state'))).not.toContain('ResourcePolicy');
    expect(replica(three, 'QuotasTable07B38682', 'ap-northeast-1')).toMatchObject({
      DeletionProtectionEnabled: true,
      SSESpecification: { KMSMasterKeyId: 'arn:aws:kms:ap-northeast-1:111111111111:alias/fairlead-data' },
    });
  });

  it('lets the others lend to the new site, and not to the old one', () => {
    const text = JSON.stringify(
      resourcesOf(returned, 'fairlead-us-east-1')['GatewayRoleDefaultPolicy60B7ABA9'],
    );
    expect(text).toContain('"*#ap-northeast-1.2"');
    expect(text).not.toContain('"*#ap-northeast-1"');
  });
});

describe('an update of production', () => {
  const before = synthesize(prod);
  const versions: Readonly<Record<string, Partial<DeploymentInput>>> = {
    'other memory and retention': {
      capacity: { ...prod.capacity, memoryMb: 3008, tableWriteUnitsPerSecond: 1_000 },
      retention: { logDays: 90, recoveryDays: 14 },
    },
    'private subnets': { network: { mode: 'vpc' } },
    'another domain': {
      domain: {
        name: 'gateway.example.org',
        hostedZone: { id: 'Z0999999999EXAMPLE', name: 'example.org' },
      },
    },
    'kept prompts, no firewall, no tracing, no boundary': {
      prompts: { keepDays: 7 },
      firewall: undefined,
      tracing: 'off',
      permissionsBoundaryArn: undefined,
    },
    'another order of regions, other shares, other tags': {
      regions: [
        { region: 'ap-northeast-1', share: 0.1 },
        { region: 'eu-central-1', share: 0.4 },
        { region: 'us-east-1', share: 0.5 },
      ],
      tags: { application: 'fairlead', stage: 'prod', owner: 'platform' },
    },
  };

  const afterwards = Object.entries(versions).map(([version, change]) => ({
    version,
    after: synthesize({ ...prod, ...change }),
  }));
  const renamed = synthesize({ ...prod, name: 'fairlead-next' });

  it.each(afterwards)('to $version replaces and removes nothing stateful', ({ after }) => {
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    const all = changes(before, after);
    expect(all.length).toBeGreaterThan(0);
    expect(losses(all)).toEqual([]);
  });

  it('knows every stateful resource by an id that never changes', () => {
    const found = [before, ...afterwards.map(({ after }) => after)].flatMap((templates) =>
      [...templates.keys()].flatMap((stack) =>
        Object.entries(resourcesOf(templates, stack)).filter(([, { Type }]) => Object.hasOwn(stateful, Type)),
      ),
    );
    for (const [id, { Type }] of found) expect(stateful[Type]).toContain(id);
    for (const [type, ids] of Object.entries(stateful)) {
      const present = found.filter(([, { Type }]) => Type === type).map(([id]) => id);
      expect([...new Set(present)].toSorted()).toEqual(ids.toSorted());
    }
  });

  it('would be seen to replace a table: another name', () => {
    const diff = fullDiff(
      templateOf(before, 'llm-prod-state').toJSON(),
      templateOf(renamed, 'fairlead-next-state').toJSON(),
    );
    expect(Object.values(diff.resources.changes).map(({ changeImpact }) => changeImpact)).toEqual([
      ResourceImpact.WILL_REPLACE,
      ResourceImpact.WILL_REPLACE,
    ]);
  });
});

describe('a first deployment that failed', () => {
  const retained = [threeRegions, ...examples].flatMap((deployment) =>
    [...synthesize(deployment).values()].flatMap((template) => {
      const resources: Readonly<Record<string, Retained>> = template.toJSON()['Resources'];
      return Object.entries(resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain');
    }),
  );
  const named = retained.flatMap(([id, { Properties = {} }]) =>
    Object.keys(Properties).some((field) =>
      /^(?:Table|Queue|LogGroup|Bucket|Role|Alias|Function)Name$/.test(field),
    )
      ? [id]
      : [],
  );

  it('leaves nothing in the way of the next but the global tables', () => {
    expect(retained.length).toBeGreaterThan(20);
    expect([...new Set(named)]).toEqual(['GovernanceTable3B11EFDC', 'QuotasTable07B38682']);
  });
});
