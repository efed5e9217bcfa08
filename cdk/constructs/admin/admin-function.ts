import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { adminEntry } from '../code/bundle.ts';
import { bundledCode } from '../code/bundled-code.ts';

export interface AdminFunctionProps {
  readonly logRetention: logs.RetentionDays;
  readonly environment: Record<string, string>;
}

/** The function behind the administration's routes. It never sees a provider key, a prompt or an answer. */
export class AdminFunction extends Construct {
  readonly role: iam.Role;
  readonly handler: lambda.IFunction;

  constructor(scope: Construct, id: string, props: AdminFunctionProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'The administration function: governance at home, everything else to read',
    });
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: props.logRetention });
    logGroup.grantWrite(this.role);
    // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
    this.handler = new lambda.Function(this, 'Function', {
      description: 'Fairlead: administration, for callers IAM has named',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: bundledCode(adminEntry),
      handler: 'index.handler',
      // A document with 100,000 virtual keys is read and checked as a whole.
      memorySize: 1769,
      // As long as API Gateway waits for an answer that is not streamed.
      timeout: Duration.seconds(29),
      role: this.role,
      logGroup,
      environment: props.environment,
    }) as lambda.IFunction;
  }
}
