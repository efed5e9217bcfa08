import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { keyAlias } from './region-keys.ts';
import { Table, type Replica, type TableProps } from './table.ts';

/** The data key of every region as the state stack names it: its own, or the alias of one that is made there. */
const keyArnOf = (stack: Stack, { name }: Deployment, { region, keyArns }: DeploymentRegion): string =>
  keyArns?.data ??
  stack.formatArn({
    service: 'kms',
    region,
    resource: keyAlias(name, 'data'),
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });

/** Where a global table lies, and under which keys. */
export interface Everywhere extends Pick<TableProps, 'key' | 'replicas'> {
  readonly deployment: Deployment;
}

/** The home region's table and a replica in every other, each under its own region's key. Once per stack. */
export function everywhere(scope: Construct, deployment: Deployment): Everywhere {
  const stack = Stack.of(scope);
  const { homeRegion, regions } = deployment;
  const home = regions.find(({ region }) => region === homeRegion);
  return {
    deployment,
    key:
      home?.keyArns === undefined
        ? kms.Alias.fromAliasName(scope, 'DataKey', keyAlias(deployment.name, 'data'))
        : kms.Key.fromKeyArn(scope, 'DataKey', home.keyArns.data),
    replicas: regions
      .filter((each) => each !== home)
      .map((each): Replica => ({ region: each.region, keyArn: keyArnOf(stack, deployment, each) })),
  };
}

/** The gateway document: policies, customers, teams, virtual keys. Written in the home region, read everywhere. */
export class GovernanceTable extends Table {
  constructor(scope: Construct, id: string, place: Everywhere) {
    super(scope, id, {
      ...place,
      table: 'governance',
      recoveryDays: place.deployment.retention.recoveryDays,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'GetItem', 'BatchGetItem', 'Query');
  }

  /**
   * What administration needs: reading its own replica, and everything at the home region's. What is written down of
   * changes is neither updated nor deleted by anybody; that it is not put twice is the writer's condition, which IAM
   * cannot demand.
   */
  grantAdminister(role: iam.Role, homeRegion: string): void {
    this.grant(role, 'GetItem', 'Query', 'Scan');
    const all = ['GetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem'];
    this.grantAt(role, homeRegion, all);
    // Wildcard: one partition a month.
    this.denyAt(role, homeRegion, ['UpdateItem', 'DeleteItem'], ['audit#*']);
  }

  /** Storing a first document at home, where there is none: a policy, the pointer to it, and the record of that. */
  grantSeed(role: iam.Role): void {
    const { region } = Stack.of(role);
    this.grant(role, 'Scan');
    this.grantAt(role, region, ['GetItem', 'UpdateItem'], ['policy']);
    // Wildcards: a policy lies under its digest; one partition of records a month.
    this.grantAt(role, region, ['PutItem'], ['policy#*', 'audit#*']);
  }

  /** Whether all replicas serve, and under their keys. */
  grantDescribe(role: iam.Role): void {
    this.grant(role, 'DescribeTable');
  }
}

/**
 * The quota ledger. Without point-in-time recovery: a ledger restored into a running window would hand out rights that
 * are spent already.
 */
export class QuotasTable extends Table {
  constructor(scope: Construct, id: string, place: Everywhere) {
    super(scope, id, {
      ...place,
      table: 'quotas',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /**
   * What it takes to keep the ledger in one region: reading its own replica, writing there what belongs to its own
   * site, and borrowing, which is done on the lender's item at the lender's replica.
   */
  grantLedger(role: iam.Role, own: DeploymentRegion, all: readonly DeploymentRegion[]): void {
    this.grant(role, 'GetItem', 'BatchGetItem');
    for (const { region, site } of all) {
      const actions = region === own.region ? ['UpdateItem'] : ['GetItem', 'UpdateItem'];
      // Wildcard: which owners and windows there are is known at run time only; the site at the end is what confines.
      this.grantAt(role, region, actions, [`*#${site}`]);
    }
  }

  /** Balances and consumption of every site, as this region's replica has them. */
  grantRead(role: iam.Role): void {
    this.grant(role, 'BatchGetItem');
  }

  /** Writing what belongs to the own site, at the own replica. */
  grantHandOver(role: iam.Role, { region, site }: DeploymentRegion): void {
    // Wildcard: as above.
    this.grantAt(role, region, ['GetItem', 'UpdateItem'], [`*#${site}`]);
  }

  /** Whether all replicas serve, and under their keys. */
  grantDescribe(role: iam.Role): void {
    this.grant(role, 'DescribeTable');
  }

  /** Putting the resource policy of the replica in the role's own region; neither reading nor removing it. */
  grantGuard(role: iam.Role): void {
    this.grant(role, 'PutResourcePolicy');
  }

  /** The replica in a construct's own region. */
  replicaArn(scope: Construct): string {
    return this.arnAt(scope, Stack.of(scope).region);
  }
}
