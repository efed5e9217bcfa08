import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { everywhere, GovernanceTable, QuotasTable } from '../constructs/state/global-tables.ts';
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
    const place = everywhere(this, props.deployment);
    this.governance = new GovernanceTable(this, 'Governance', place);
    this.quotas = new QuotasTable(this, 'Quotas', place);
  }
}
