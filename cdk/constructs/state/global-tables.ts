import { RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { Table } from './table.ts';

const replicaRegionsOf = ({ homeRegion, regions }: Deployment): readonly string[] =>
  regions.map(({ region }) => region).filter((region) => region !== homeRegion);

/** The gateway document: policies, customers, teams, virtual keys. Written in the home region, read everywhere. */
export class GovernanceTable extends Table {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id, {
      deploymentName: deployment.name,
      table: 'governance',
      replicaRegions: replicaRegionsOf(deployment),
      pointInTimeRecovery: true,
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
}

/**
 * The quota ledger. Without point-in-time recovery: a ledger restored into a running window would hand out rights that
 * are spent already.
 */
export class QuotasTable extends Table {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id, {
      deploymentName: deployment.name,
      table: 'quotas',
      replicaRegions: replicaRegionsOf(deployment),
      pointInTimeRecovery: false,
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
}
