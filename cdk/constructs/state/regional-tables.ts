import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import { Table } from './table.ts';

// Leading keys of lib/stores/schema.ts.
/** Wildcard: the lanes that windows are spread over. */
const windows = 'window#*';
/** Wildcard: the copies of a snapshot, and the claim on the next one. */
const snapshots = 'snapshot#*';
const rests = 'key-rests';

/** Samples and snapshots of the routes' health, worth nothing after minutes. */
export class HealthTable extends Table {
  constructor(scope: Construct, id: string, deployment: Deployment, key: kms.IKey) {
    super(scope, id, {
      deployment,
      key,
      table: 'health',
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Which provider keys rest. */
  grantReadRests(role: iam.Role): void {
    this.grantAt(role, Stack.of(role).region, ['Query'], [rests]);
  }

  /** What functions tell each other: samples, snapshots computed from them, and the provider keys that rest. */
  grantShare(role: iam.Role): void {
    const { region } = Stack.of(role);
    this.grantAt(role, region, ['UpdateItem'], [windows, snapshots, rests]);
    this.grantAt(role, region, ['Query'], [windows, rests]);
    this.grantAt(role, region, ['GetItem'], [snapshots]);
  }
}

/** Why each request went where it went; no prompts, no completions. */
export class DecisionsTable extends Table {
  constructor(scope: Construct, id: string, deployment: Deployment, key: kms.IKey) {
    super(scope, id, {
      deployment,
      key,
      table: 'decisions',
      // A week of explanations: protected, it would stand in the way of a first deployment that has to be repeated.
      deletionProtection: false,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'GetItem');
  }

  grantRecord(role: iam.Role): void {
    this.grant(role, 'PutItem');
  }
}
