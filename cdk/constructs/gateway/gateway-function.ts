import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import { gatewayEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';

export interface GatewayFunctionProps extends FunctionSurroundings {
  readonly capacity: Deployment['capacity'];
  readonly environment: Record<string, string>;
}

/** The function that answers. Its role can do nothing but what the resources it uses grant it. */
export class GatewayFunction extends Construct {
  readonly role: iam.Role;
  readonly handler: lambda.Function;
  readonly logGroup: logs.LogGroup;
  /** The published version that serves; a rollout moves it. */
  readonly live: lambda.Alias;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { memoryMb, reservedConcurrency, provisioned } = props.capacity;
    const made = nodeFunction(this, {
      ...props,
      entry: gatewayEntry,
      description: 'Fairlead: answers LLM requests through the right provider',
      roleDescription: 'The gateway function: governance, quotas, health, decisions, provider keys, Bedrock',
      memoryMb,
      // As long as API Gateway streams a response.
      timeout: Duration.minutes(15),
      reservedConcurrency,
    });
    this.role = made.role;
    this.handler = made.handler;
    this.logGroup = made.logGroup;
    this.live = this.handler.addAlias(
      'live',
      provisioned && { provisionedConcurrentExecutions: provisioned.min },
    );
    if (provisioned !== undefined) {
      this.live
        .addAutoScaling({ minCapacity: provisioned.min, maxCapacity: provisioned.max })
        .scaleOnUtilization({ utilizationTarget: provisioned.targetUtilization });
    }
  }
}
