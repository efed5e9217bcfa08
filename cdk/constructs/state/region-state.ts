import type { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import type { FunctionSurroundings } from '../code/node-function.ts';
import { PromptBucket } from './prompt-bucket.ts';
import { ProviderSecrets } from './provider-secrets.ts';
import { grantDataKey, grantLendingKeys, type Keys } from './region-keys.ts';
import { DecisionsTable, HealthTable } from './regional-tables.ts';
import { SettlementQueue } from './settlement-queue.ts';

export interface RegionStateProps {
  readonly deployment: Deployment;
  readonly region: DeploymentRegion;
  readonly keys: Keys;
  readonly surroundings: FunctionSurroundings;
}

/** What one region keeps for itself, and who may do what with it. Its parts are children of the stack. */
export class RegionState {
  readonly tableNames: { readonly health: string; readonly decisions: string };
  readonly settlements: SettlementQueue;
  /** Where a deployment asks for it. */
  readonly prompts?: PromptBucket;
  private readonly props: RegionStateProps;
  private readonly health: HealthTable;
  private readonly decisions: DecisionsTable;
  private readonly secrets: ProviderSecrets;

  constructor(stack: Stack, props: RegionStateProps) {
    const { deployment, keys, surroundings } = props;
    this.props = props;
    this.health = new HealthTable(stack, 'Health', deployment, keys.data);
    this.decisions = new DecisionsTable(stack, 'Decisions', deployment, keys.data);
    this.tableNames = { health: this.health.tableName, decisions: this.decisions.tableName };
    this.secrets = new ProviderSecrets(stack, deployment.secretPrefix, keys.data);
    this.settlements = new SettlementQueue(stack, 'Settlements', {
      ...surroundings,
      deploymentName: deployment.name,
      key: keys.data,
    });
    if (deployment.prompts !== undefined)
      this.prompts = new PromptBucket(stack, 'Prompts', deployment.prompts);
  }

  /** Opening tables: those of this region, and the replicas in these others. */
  grantTableKeys(role: iam.Role, regions: readonly DeploymentRegion[]): void {
    const { keys, deployment, region } = this.props;
    grantDataKey(role, keys.data, 'dynamodb', 'Decrypt');
    const others = regions.filter((each) => each.region !== region.region);
    grantLendingKeys(role, deployment, others);
  }

  /** What a request needs of this region. */
  grantServe(role: iam.Role): void {
    this.health.grantShare(role);
    this.decisions.grantRecord(role);
    this.settlements.grantSend(role);
    this.secrets.grantRead(role);
    this.prompts?.grantStore(role);
  }

  /** What administration needs of this region: to look, and to have settlements tried again. */
  grantAdminister(role: iam.Role): void {
    this.health.grantReadRests(role);
    this.decisions.grantRead(role);
    this.secrets.grantDescribe(role);
    this.settlements.grantReplay(role);
  }
}
