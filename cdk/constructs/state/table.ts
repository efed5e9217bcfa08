import { Stack, type RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { tables, type TableName, type TableSchema } from '../../../lib/stores/schema.ts';

export interface TableProps {
  /** Names of tables begin with it. */
  readonly deploymentName: string;
  readonly table: TableName;
  /** Regions beside the stack's own that hold a replica. */
  readonly replicaRegions?: readonly string[];
  /** Point-in-time recovery, on every replica. */
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * A table of `lib/stores/schema.ts`, on demand. Its name is fixed: it is the same in every region, so that nothing has
 * to be looked up across regions, and CloudFormation refuses a change that would replace a table with a fixed name.
 */
export abstract class Table extends Construct {
  readonly tableName: string;

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    const schema: TableSchema = tables[props.table];
    const everyReplica = {
      deletionProtection: props.deletionProtection,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery },
    };
    this.tableName = `${props.deploymentName}-${props.table}`;
    new dynamodb.TableV2(this, 'Table', {
      ...everyReplica,
      tableName: this.tableName,
      partitionKey: { name: schema.partitionKey, type: dynamodb.AttributeType.STRING },
      ...(schema.sortKey === undefined
        ? {}
        : { sortKey: { name: schema.sortKey, type: dynamodb.AttributeType.STRING } }),
      ...(schema.ttlAttribute === undefined ? {} : { timeToLiveAttribute: schema.ttlAttribute }),
      billing: dynamodb.Billing.onDemand(),
      encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
      removalPolicy: props.removalPolicy,
      replicas: (props.replicaRegions ?? []).map((region) => ({ region, ...everyReplica })),
    });
  }

  /** Grants on the table, or the replica of it, in the role's own region and in no other. */
  protected grant(role: iam.Role, ...actions: readonly string[]): void {
    this.grantAt(role, Stack.of(role).region, actions);
  }

  /** Grants on the replica in one region; with `leadingKeys` only on items whose partition keys match one of them. */
  protected grantAt(
    role: iam.Role,
    region: string,
    actions: readonly string[],
    leadingKeys?: readonly string[],
  ): void {
    const arn = this.arnAt(role, region);
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [arn],
      ...(leadingKeys !== undefined && {
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys },
          // "For all" holds where there are none: a call that names no key must not pass.
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    });
  }

  /** Refuses, whatever else allows them, actions that name one item, where its partition key matches. */
  protected denyAt(
    role: iam.Role,
    region: string,
    actions: readonly string[],
    leadingKeys: readonly string[],
  ): void {
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.arnAt(role, region)],
        conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': leadingKeys } },
      }),
    );
  }

  private arnAt(role: iam.Role, region: string): string {
    return Stack.of(role).formatArn({
      service: 'dynamodb',
      region,
      resource: 'table',
      resourceName: this.tableName,
    });
  }
}
