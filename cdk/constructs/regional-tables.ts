import { RemovalPolicy } from 'aws-cdk-lib';
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
}
