import { Stack, type RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tables, type TableName, type TableSchema } from '../../../lib/stores/schema.ts';
import type { Deployment } from '../../deployment.ts';

/** A replica beside the one in the stack's own region. */
export interface Replica {
  readonly region: string;
  /** Of its key there, by key or alias. */
  readonly keyArn: string;
}

export interface TableProps {
  /** Names of tables begin with its name. */
  readonly deployment: Pick<Deployment, 'name' | 'capacity'>;
  readonly table: TableName;
  /** In the stack's own region. */
  readonly key: kms.IKey;
  readonly replicas?: readonly Replica[];
  /** Days to which every replica can be put back; absent: not at all. */
  readonly recoveryDays?: number;
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * A table of `lib/stores/schema.ts`, on demand up to a cap. Its name is fixed: it is the same in every region, so that
 * nothing has to be looked up across regions, and CloudFormation refuses a change that would replace a table with a
 * fixed name.
 */
export abstract class Table extends Construct {
  readonly tableName: string;

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    const schema: TableSchema = tables[props.table];
    const { deployment, replicas = [], recoveryDays } = props;
    this.tableName = `${deployment.name}-${props.table}`;
    const everyReplica = {
      deletionProtection: props.deletionProtection,
      pointInTimeRecoverySpecification:
        recoveryDays === undefined
          ? { pointInTimeRecoveryEnabled: false }
          : { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: recoveryDays },
    };
    new dynamodb.TableV2(this, 'Table', {
      ...everyReplica,
      tableName: this.tableName,
      partitionKey: { name: schema.partitionKey, type: dynamodb.AttributeType.STRING },
      ...(schema.sortKey === undefined
        ? {}
        : { sortKey: { name: schema.sortKey, type: dynamodb.AttributeType.STRING } }),
      ...(schema.ttlAttribute === undefined ? {} : { timeToLiveAttribute: schema.ttlAttribute }),
      billing: dynamodb.Billing.onDemand({
        maxReadRequestUnits: deployment.capacity.tableReadUnitsPerSecond,
        maxWriteRequestUnits: deployment.capacity.tableWriteUnitsPerSecond,
      }),
      encryption: dynamodb.TableEncryptionV2.customerManagedKey(
        props.key,
        Object.fromEntries(replicas.map(({ region, keyArn }) => [region, keyArn])),
      ),
      removalPolicy: props.removalPolicy,
      replicas: replicas.map(({ region }) => ({ region, ...everyReplica })),
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

  protected arnAt(scope: Construct, region: string): string {
    return Stack.of(scope).formatArn({
      service: 'dynamodb',
      region,
      resource: 'table',
      resourceName: this.tableName,
    });
  }
}
