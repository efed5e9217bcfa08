import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import { guardEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';
import type { QuotasTable } from './global-tables.ts';

export interface LedgerGuardProps extends Pick<FunctionSurroundings, 'logs'> {
  readonly deployment: Pick<Deployment, 'regions' | 'formerSites'>;
  readonly quotas: QuotasTable;
}

/**
 * The resource policy of this region's replica of the ledger. A function puts it, since CloudFormation takes no policy
 * for a replica of another region in the update that makes the replica
 * (docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html), and leaves one alone that its
 * template does not name. Outside any VPC: it has to answer CloudFormation on the internet.
 */
export class LedgerGuard extends Construct {
  constructor(scope: Construct, id: string, { logs, deployment, quotas }: LedgerGuardProps) {
    super(scope, id);
    const { role, handler } = nodeFunction(this, {
      logs,
      tracing: 'off',
      environment: {},
      entry: guardEntry,
      description: "Fairlead: puts the policy of this region's replica of the quota ledger",
      roleDescription: "The guard function: the policy of this region's replica of the quota ledger",
      memoryMb: 256,
      timeout: Duration.minutes(1),
    });
    quotas.grantGuard(role);
    const stack = Stack.of(this);
    const tableArn = quotas.replicaArn(this);
    const policy = new CustomResource(this, 'Policy', {
      resourceType: 'Custom::LedgerPolicy',
      serviceToken: handler.functionArn,
      properties: {
        TableArn: tableArn,
        Policy: stack.toJsonString(oneReplicaPerItem(stack, sitesAt(deployment, stack.region), tableArn)),
      },
    });
    policy.node.addDependency(role, handler);
  }
}

/** The sites whose items may be written at a region's replica: its own, and those it has had. */
const sitesAt = (
  { regions, formerSites }: LedgerGuardProps['deployment'],
  region: string,
): readonly string[] => [
  ...regions.filter((each) => each.region === region).map(({ site }) => site),
  ...formerSites.filter((site) => site.replace(/\.\d+$/, '') === region),
];

/**
 * One replica per item, for everybody: no principal of any kind, an administrator neither, writes an item of the ledger
 * at a replica other than that of the site its key ends with. Two replicas that had both written one would resolve it
 * by the last writer, and spend would be lost.
 *
 * Replication is exempt and has to be: a replica whose replication is refused for 20 hours becomes a table of its own
 * for ever (docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html). A call that names no
 * item is not refused, so that replicas can be made and removed.
 */
const oneReplicaPerItem = (stack: Stack, sites: readonly string[], tableArn: string): iam.PolicyDocument =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: 'OneReplicaPerItem',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: [
          'PutItem',
          'UpdateItem',
          'DeleteItem',
          'BatchWriteItem',
          'PartiQLInsert',
          'PartiQLUpdate',
          'PartiQLDelete',
        ].map((action) => `dynamodb:${action}`),
        resources: [tableArn],
        conditions: {
          // Wildcard: owners and windows are known at run time only; the site at the end is what confines.
          'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': sites.map((site) => `*#${site}`) },
          ArnNotEquals: {
            'aws:PrincipalArn': stack.formatArn({
              service: 'iam',
              region: '',
              resource: 'role',
              resourceName:
                'aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication',
            }),
          },
          // DynamoDB itself, should it ever come without that role: expiry, replication between accounts.
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    ],
  });
