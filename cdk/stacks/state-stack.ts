import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GovernanceTable, QuotasTable } from '../constructs/state/global-tables.ts';
import type { Deployment } from '../deployment.ts';

export interface StateStackProps extends cdk.StackProps {
  readonly deployment: Deployment;
}

/** What all regions share. Deployed once, in the home region; every region holds a replica. */
export class StateStack extends cdk.Stack {
  readonly governance: GovernanceTable;
  readonly quotas: QuotasTable;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, { ...props, terminationProtection: true, tags: props.deployment.tags });
    this.governance = new GovernanceTable(this, 'Governance', props.deployment);
    this.quotas = new QuotasTable(this, 'Quotas', props.deployment);
  }
}
