import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Table } from './table.ts';

/** Samples and snapshots of the routes' health, worth nothing after minutes. */
export class HealthTable extends Table {
  constructor(scope: Construct, id: string, deploymentName: string) {
    super(scope, id, {
      deploymentName,
      table: 'health',
      pointInTimeRecovery: false,
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'Query');
  }

  /** Which provider keys rest. Wildcard: provider keys are named by the gateway document at run time. */
  grantNoteRests(role: iam.Role): void {
    this.grantAt(role, Stack.of(role).region, ['UpdateItem'], ['key-rest#*']);
  }
}

/** Why each request went where it went; no prompts, no completions. */
export class DecisionsTable extends Table {
  constructor(scope: Construct, id: string, deploymentName: string) {
    super(scope, id, {
      deploymentName,
      table: 'decisions',
      pointInTimeRecovery: false,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'GetItem');
  }

  grantRecord(role: iam.Role): void {
    this.grant(role, 'PutItem');
  }
}
