import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Deployment } from '../../deployment.ts';
import { answer } from '../code/answers.ts';

export interface RolloutProps {
  readonly alias: lambda.Alias;
  readonly rollout: Extract<Deployment['rollout'], { readonly kind: 'canary' }>;
  /** Each of them rolls a new version back. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/**
 * How a new version of the gateway takes over: a share of requests first, all of them if nothing rings. CodeDeploy moves
 * the alias back by itself while an alarm stands, and the deployment fails with it.
 */
export class Rollout extends Construct {
  constructor(scope: Construct, id: string, { alias, rollout, alarms }: RolloutProps) {
    super(scope, id);
    const { percent, minutes } = rollout;
    const group = new codedeploy.LambdaDeploymentGroup(this, 'Group', {
      alias,
      deploymentConfig: new codedeploy.LambdaDeploymentConfig(this, 'Config', {
        trafficRouting: codedeploy.TrafficRouting.timeBasedCanary({
          percentage: percent,
          interval: Duration.minutes(minutes),
        }),
      }),
      alarms: [...alarms],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    // One of them looks at the new version, and has to before anything is sent there.
    alias.node.addDependency(...alarms);
    answer(
      group,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      "CodeDeploy's own policy, the narrower of its two for functions",
    );
  }
}
