import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { allowWildcard } from '../code/answers.ts';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';

/** Which key does what: of tables, queue and secrets; of logs and alarms. */
export type KeyPurpose = 'data' | 'operations';

/** The name other regions and the state stack know a key by. */
export const keyAlias = (deploymentName: string, purpose: KeyPurpose): string =>
  `alias/${deploymentName}-${purpose}`;

/** The keys of one region. */
export interface Keys {
  readonly data: kms.IKey;
  readonly operations: kms.IKey;
}

/**
 * The customer-managed keys of one region, each independent of every other region's: no key material crosses a border,
 * and what happens to a region's keys happens to that region.
 */
export class RegionKeys extends Construct implements Keys {
  readonly data: kms.IKey;
  readonly operations: kms.IKey;

  constructor(scope: Construct, id: string, { name }: Pick<Deployment, 'name'>) {
    super(scope, id);
    const make = (purpose: KeyPurpose, keyId: string, what: string): kms.Key => {
      const key = new kms.Key(this, keyId, {
        description: `Fairlead ${name}: ${what}`,
        enableKeyRotation: true,
        // Nothing is under it yet where the deployment that makes it fails.
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      });
      new kms.Alias(this, `${keyId}Alias`, { aliasName: keyAlias(name, purpose), targetKey: key });
      return key;
    };
    this.data = make('data', 'Data', 'tables, settlement queue and provider secrets');
    const operations = make('operations', 'Operations', 'logs and alarms');
    allowLogs(operations);
    allowAlarms(operations);
    this.operations = operations;
  }
}

/** The keys a region brings along. */
export function broughtKeys(scope: Construct, { region, keyArns }: DeploymentRegion): Keys {
  if (keyArns === undefined)
    throw new Error(`${region} has neither keys of its own nor a stack that makes them`);
  return {
    data: kms.Key.fromKeyArn(scope, 'DataKey', keyArns.data),
    operations: kms.Key.fromKeyArn(scope, 'OperationsKey', keyArns.operations),
  };
}

/** docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function allowLogs(key: kms.Key): void {
  const stack = Stack.of(key);
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      // In a key's own policy, "*" is that key.
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
            service: 'logs',
            resource: 'log-group',
            // Wildcard: names of log groups are made up by CloudFormation.
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
}

/** docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: a service that publishes needs the topic's key. */
function allowAlarms(key: kms.Key): void {
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      // In a key's own policy, "*" is that key.
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(key).account } },
    }),
  );
}

/**
 * Lets a role have a service open what lies under the data key of its own region. Reading and writing items takes
 * Decrypt alone, of the table's key
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html); a queue's sender makes keys too.
 */
export function grantDataKey(
  role: iam.Role,
  key: kms.IKey,
  service: 'dynamodb' | 'secretsmanager' | 'sqs',
  ...actions: readonly ('Decrypt' | 'GenerateDataKey')[]
): void {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: actions.map((action) => `kms:${action}`),
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(role).region}.amazonaws.com` } },
    }),
  );
}

/**
 * Lets a role use the ledger's replicas in other regions: their data keys, through DynamoDB there and nothing else. A
 * key of another region is known by its alias, since its id is made there.
 */
export function grantLendingKeys(
  role: iam.Role,
  { name }: Pick<Deployment, 'name'>,
  others: readonly DeploymentRegion[],
): void {
  for (const { region, keyArns } of others) {
    const every = Stack.of(role).formatArn({ service: 'kms', region, resource: 'key', resourceName: '*' });
    const viaDynamo = { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` };
    const alias = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias(name, 'data') } };
    if (keyArns === undefined) {
      allowWildcard(role, every, "confined by the key's alias, the only name of it that is known here");
    }
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [keyArns?.data ?? every],
        conditions: { StringEquals: viaDynamo, ...(keyArns === undefined && alias) },
      }),
    );
  }
}
