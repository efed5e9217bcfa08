import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allowWildcard } from './answers.ts';
import { bundledCode } from './bundled-code.ts';

/** Where log lines go, for how long, and under which key. */
export interface LogSettings {
  readonly retention: logs.RetentionDays;
  readonly encryptionKey: kms.IKey;
}

/** Where in a VPC a function stands. */
export interface Placement {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** What functions of a region have in common. */
export interface FunctionSurroundings {
  readonly logs: LogSettings;
  readonly placement?: Placement | undefined;
  readonly tracing: 'off' | 'xray';
}

export interface NodeFunctionProps extends FunctionSurroundings {
  /** Source, relative to the repository. */
  readonly entry: string;
  readonly description: string;
  /** What its role may do, in words. */
  readonly roleDescription: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number | undefined;
}

/** A function of this repository, its role and its log: children `Function`, `Role` and `Logs` of the construct it is made for. */
export function nodeFunction(
  scope: Construct,
  props: NodeFunctionProps,
): { readonly role: iam.Role; readonly handler: lambda.Function; readonly logGroup: logs.LogGroup } {
  const role = new iam.Role(scope, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: props.roleDescription,
  });
  const logGroup = new logs.LogGroup(scope, 'Logs', {
    retention: props.logs.retention,
    encryptionKey: props.logs.encryptionKey,
  });
  logGroup.grantWrite(role);
  const { placement } = props;
  if (props.tracing === 'xray') allowWildcard(role, '*', 'X-Ray takes traces for no resource in particular');
  if (placement !== undefined) grantNetworkInterfaces(role);
  const handler = new lambda.Function(scope, 'Function', {
    description: props.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    code: bundledCode(props.entry),
    handler: 'index.handler',
    memorySize: props.memoryMb,
    timeout: props.timeout,
    role,
    logGroup,
    environment: props.environment,
    tracing: props.tracing === 'xray' ? lambda.Tracing.ACTIVE : lambda.Tracing.DISABLED,
    ...(props.reservedConcurrency !== undefined && {
      reservedConcurrentExecutions: props.reservedConcurrency,
    }),
    ...placement,
  });
  return { role, handler, logGroup };
}

/**
 * What Lambda does with a function's role to stand in a VPC (docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html),
 * and the function itself may not: only calls from its environment name their function
 * (docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html).
 */
function grantNetworkInterfaces(role: iam.Role): void {
  allowWildcard(
    role,
    '*',
    'Lambda asks for network interfaces before there are any, and describing knows no resources',
  );
  const statement = {
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  };
  role.addToPrincipalPolicy(new iam.PolicyStatement(statement));
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      ...statement,
      effect: iam.Effect.DENY,
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
}
