import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { gatewayEntry } from '../code/bundle.ts';
import { bundledCode } from '../code/bundled-code.ts';

export interface GatewayFunctionProps {
  readonly memoryMb: number;
  readonly logRetention: logs.RetentionDays;
  readonly environment: Record<string, string>;
}

/** The function that answers. Its role can do nothing but what the resources it uses grant it. */
export class GatewayFunction extends Construct {
  readonly role: iam.Role;
  /** The published version that serves. */
  readonly live: lambda.IFunction;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'The gateway function: governance, quotas, health, decisions, provider keys, Bedrock',
    });
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: props.logRetention });
    logGroup.grantWrite(this.role);

    const handler = new lambda.Function(this, 'Function', {
      description: 'Fairlead: answers LLM requests through the right provider',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: bundledCode(gatewayEntry),
      handler: 'index.handler',
      memorySize: props.memoryMb,
      // As long as API Gateway streams a response.
      timeout: Duration.minutes(15),
      role: this.role,
      logGroup,
      environment: props.environment,
    });
    // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
    this.live = handler.addAlias('live') as lambda.IFunction;
  }
}
