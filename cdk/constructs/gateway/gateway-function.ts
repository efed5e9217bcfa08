import { Duration, Stack } from 'aws-cdk-lib';
import * as scaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import { gatewayEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';

export interface GatewayFunctionProps extends FunctionSurroundings {
  readonly capacity: Deployment['capacity'];
  readonly environment: Record<string, string>;
}

/** Lambda gives an account so many environments at once in a region, unless it asks for more. */
const usualConcurrency = 1_000;

/** The function that answers. Its role can do nothing but what the resources it uses grant it. */
export class GatewayFunction extends Construct {
  readonly role: iam.Role;
  readonly handler: lambda.Function;
  readonly logGroup: logs.LogGroup;
  /** The published version that serves; a rollout moves it. */
  readonly live: lambda.Alias;
  /** The most it serves at a time. */
  readonly requestsAtOnce: number;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { memoryMb, reservedConcurrency, provisioned } = props.capacity;
    const description = 'Fairlead: answers LLM requests through the right provider';
    const made = nodeFunction(this, {
      ...props,
      entry: gatewayEntry,
      description:
        provisioned === undefined
          ? description
          : // A version is published once: it takes another number with a change of the function, or not at all.
            `${description}; ${provisioned.min} kept warm`,
      roleDescription: 'The gateway function: governance, quotas, health, decisions, provider keys, Bedrock',
      memoryMb,
      // As long as API Gateway streams a response.
      timeout: Duration.minutes(15),
      reservedConcurrency,
    });
    this.role = made.role;
    this.handler = made.handler;
    this.logGroup = made.logGroup;
    this.live = this.handler.addAlias('live');
    this.requestsAtOnce = reservedConcurrency ?? usualConcurrency;
    if (provisioned !== undefined) this.keepWarm(provisioned);
  }

  /**
   * Keeps environments of the published version, not of the alias: an alias with provisioned concurrency refuses the
   * weights by which a canary moves it. A new version has its own before it is sent anything; those of the old one end
   * with it.
   */
  private keepWarm({
    min,
    max,
    targetUtilization,
  }: NonNullable<Deployment['capacity']['provisioned']>): void {
    const { currentVersion, functionName } = this.handler;
    const resource = currentVersion.node.defaultChild;
    if (!(resource instanceof lambda.CfnVersion)) throw new Error('a version is no AWS::Lambda::Version');
    resource.provisionedConcurrencyConfig = { provisionedConcurrentExecutions: min };
    const target = new scaling.ScalableTarget(this, 'Warm', {
      serviceNamespace: scaling.ServiceNamespace.LAMBDA,
      scalableDimension: 'lambda:function:ProvisionedConcurrency',
      resourceId: `function:${functionName}:${currentVersion.version}`,
      minCapacity: min,
      maxCapacity: max,
      role: iam.Role.fromRoleArn(this, 'ScalingRole', scalingRoleArn(Stack.of(this))),
    });
    target.scaleToTrackMetric('Utilization', {
      predefinedMetric: scaling.PredefinedMetric.LAMBDA_PROVISIONED_CONCURRENCY_UTILIZATION,
      targetValue: targetUtilization,
    });
  }
}

/**
 * The service-linked role of Application Auto Scaling, which makes it where it is missing
 * (docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html).
 */
const scalingRoleArn = (stack: Stack): string =>
  stack.formatArn({
    service: 'iam',
    region: '',
    resource: 'role/aws-service-role/lambda.application-autoscaling.amazonaws.com',
    resourceName: 'AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency',
  });
