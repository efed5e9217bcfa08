import { tables, type TableName } from '../../lib/stores/schema.ts';
import { isManaged, managedEnvironments, type ManagedEnvironments } from './managed.ts';
import { provisionedOf, UnknownPriceError } from './standing.ts';
import {
  at,
  listAt,
  numberAt,
  ofType,
  referred,
  textAt,
  type Resource,
  type StackTemplate,
} from './template.ts';

/** What of one region's resources decides what a request costs there. */
export interface RegionInventory {
  readonly region: string;
  readonly tables: readonly { readonly table: TableName; readonly recovered: boolean }[];
  readonly gatewayMemoryMb: number;
  /** Environments kept warm. */
  readonly provisioned: number;
  /** Of managed instances, where there are any. */
  readonly managed?: ManagedEnvironments;
  readonly isPrivate: boolean;
  readonly hasNat: boolean;
  /** The gateway function stands in a VPC; managed instances always do. */
  readonly hasVpc: boolean;
  readonly hasFlowLog: boolean;
  /** KB of a body the firewall looks at, where there is one. */
  readonly firewallKb?: number;
  readonly traced: boolean;
  readonly logDays: number;
  /** Of prompts; absent where none are stored. */
  readonly promptDays?: number;
}

const isTable = (name: string): name is TableName => Object.hasOwn(tables, name);

/** Tables by their replicas: a global one is named in one stack and lies in every region. */
function tablesIn(
  region: string,
  templates: readonly StackTemplate[],
): readonly { readonly table: TableName; readonly recovered: boolean }[] {
  return templates.flatMap((template) =>
    ofType(template, 'AWS::DynamoDB::GlobalTable').flatMap(({ Properties }) => {
      const table = textAt(Properties, 'TableName')?.split('-').at(-1) ?? '';
      if (!isTable(table) || textAt(Properties, 'BillingMode') !== 'PAY_PER_REQUEST') {
        throw new UnknownPriceError(`a table "${table}" that is not of the schema, or not on demand`);
      }
      return listAt(Properties, 'Replicas')
        .filter((replica) => textAt(replica, 'Region') === region)
        .map((replica) => ({
          table,
          recovered: at(replica, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled') === true,
        }));
    }),
  );
}

/** Regions that have a gateway, in the order of their stacks. */
export function inventoriesOf(templates: readonly StackTemplate[]): readonly RegionInventory[] {
  return templates.flatMap((template): readonly RegionInventory[] => {
    const [api] = ofType(template, 'AWS::ApiGateway::RestApi');
    if (api === undefined) return [];
    const alias = onDemandAlias(template);
    const gateway = referred(template, at(alias?.Properties, 'FunctionName'))?.Properties;
    const managed = ofType(template, 'AWS::Lambda::Version')
      .map((version) => managedEnvironments(version, template))
      .find((environments) => environments !== undefined);
    const [acl] = ofType(template, 'AWS::WAFv2::WebACL');
    const [bucket] = ofType(template, 'AWS::S3::Bucket');
    const promptDays = numberAt(bucket?.Properties, 'LifecycleConfiguration', 'Rules', 0, 'ExpirationInDays');
    const has = (type: string): boolean => ofType(template, type).length > 0;
    return [
      {
        region: template.region,
        tables: tablesIn(template.region, templates),
        gatewayMemoryMb: numberAt(gateway, 'MemorySize') ?? 0,
        provisioned: ofType(template, 'AWS::Lambda::Version').reduce(
          (kept, { Properties }) => kept + provisionedOf(Properties),
          0,
        ),
        ...(managed !== undefined && { managed }),
        isPrivate: listAt(api.Properties, 'EndpointConfiguration', 'Types').includes('PRIVATE'),
        hasNat: has('AWS::EC2::NatGateway'),
        hasVpc: at(gateway, 'VpcConfig') !== undefined,
        hasFlowLog: has('AWS::EC2::FlowLog'),
        traced: at(ofType(template, 'AWS::ApiGateway::Stage')[0]?.Properties, 'TracingEnabled') === true,
        logDays: numberAt(ofType(template, 'AWS::Logs::LogGroup')[0]?.Properties, 'RetentionInDays') ?? 30,
        ...(promptDays !== undefined && { promptDays }),
        ...(acl !== undefined && { firewallKb: inspectedKb(acl) }),
      },
    ];
  });
}

/** 16 KB unless more is asked for (docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html). */
const inspectedKb = ({ Properties }: Resource): number =>
  Number(
    textAt(
      Properties,
      'AssociationConfig',
      'RequestBody',
      'API_GATEWAY',
      'DefaultSizeInspectionLimit',
    )?.replace('KB_', '') ?? 16,
  );

/** Of the function that Lambda gives an environment for each request. */
const onDemandAlias = (template: StackTemplate): Resource | undefined =>
  ofType(template, 'AWS::Lambda::Alias').find(
    ({ Properties }) => !isManaged(referred(template, at(Properties, 'FunctionName'))),
  );
