import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { mbPerVcpu } from '../../configuration/capacity.ts';
import type { Deployment } from '../../deployment.ts';
import { answer } from '../code/answers.ts';
import { gatewayEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings, type Placement } from '../code/node-function.ts';

export interface ManagedGatewayProps extends Pick<FunctionSurroundings, 'logs' | 'tracing'> {
  readonly instances: NonNullable<Deployment['capacity']['managedInstances']>;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the instances; the function itself stands in no VPC. */
  readonly placement: Placement;
  /** Carried on to instances, volumes and network interfaces, which no stack knows of. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The gateway on Lambda managed instances: the same bundle, each environment serving many requests at a time
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html). A function of its own, since Lambda never takes
 * one off its capacity provider again. Lambda does not end an invocation there that runs too long: the gateway's own
 * deadline does.
 */
export class ManagedGateway extends Construct {
  readonly role: iam.Role;
  readonly handler: lambda.Function;
  readonly logGroup: logs.LogGroup;
  /** The published version that serves. A new one is moved to once Lambda has its environments running. */
  readonly live: lambda.Alias;
  /** The most it serves at a time. */
  readonly requestsAtOnce: number;

  constructor(scope: Construct, id: string, props: ManagedGatewayProps) {
    super(scope, id);
    const { instances } = props;
    const made = nodeFunction(this, {
      logs: props.logs,
      tracing: props.tracing,
      entry: gatewayEntry,
      description: 'Fairlead: answers LLM requests, many in one environment',
      roleDescription: 'The gateway on managed instances: the same rights as the gateway function',
      memoryMb: instances.memoryMb,
      // As long as API Gateway streams a response.
      timeout: Duration.minutes(15),
      environment: props.environment,
    });
    this.role = made.role;
    this.handler = made.handler;
    this.logGroup = made.logGroup;
    answer(
      this.handler,
      'Annotation::aws-lambda:Function.CapacityProviderConfiguration',
      'a function is never taken off its provider again: this one is there for nothing else',
    );
    this.provider(props).addFunction(this.handler, {
      perExecutionEnvironmentMaxConcurrency: instances.requestsPerEnvironment,
      executionEnvironmentMemoryGiBPerVCpu: mbPerVcpu / 1024,
      // Its environments would be paid for beside those of the version that serves.
      publishToLatestPublished: false,
    });
    this.requestsAtOnce = instances.maxEnvironments * instances.requestsPerEnvironment;
    this.live = new lambda.Alias(this, 'Alias', { aliasName: 'live', version: this.version(instances) });
  }

  private version({ minEnvironments, maxEnvironments }: ManagedGatewayProps['instances']): lambda.IVersion {
    const { currentVersion } = this.handler;
    const resource = currentVersion.node.defaultChild;
    if (!(resource instanceof lambda.CfnVersion)) throw new Error('a version is no AWS::Lambda::Version');
    resource.functionScalingConfig = {
      minExecutionEnvironments: minEnvironments,
      maxExecutionEnvironments: maxEnvironments,
    };
    // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
    return currentVersion as lambda.IVersion;
  }

  private provider({
    instances,
    placement,
    logs: settings,
    tags,
  }: ManagedGatewayProps): lambda.CapacityProvider {
    const operator = new iam.Role(this, 'Operator', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: 'Lambda itself: starts and ends the instances of the gateway',
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AWSLambdaManagedEC2ResourceOperator')],
    });
    answer(
      operator,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator]',
      "Lambda's own policy: it starts and tags instances marked as managed by Lambda, and nothing else",
    );
    const logGroup = new logs.LogGroup(this, 'InstanceLogs', settings);
    // The managed policy knows the default log group alone, and what cannot be written is lost without a word.
    logGroup.grantWrite(operator);
    return new lambda.CapacityProvider(this, 'Instances', {
      operatorRole: operator,
      architectures: [lambda.Architecture.ARM_64],
      subnets: placement.vpc.selectSubnets(placement.vpcSubnets).subnets,
      securityGroups: placement.securityGroups,
      maxVCpuCount: instances.maxVcpus,
      logGroup,
      ...(Object.keys(tags).length > 0 && { propagateTags: lambda.PropagateTags.explicit({ ...tags }) }),
    });
  }
}
