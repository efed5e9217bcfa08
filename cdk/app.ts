import * as cdk from 'aws-cdk-lib';
import { deployments } from './config.ts';
import { readDeployments, type Deployment } from './deployment.ts';
import { examples } from './examples.ts';
import { review } from './review.ts';
import { GatewayStack } from './stacks/gateway-stack.ts';
import { StateStack } from './stacks/state-stack.ts';

/**
 * The map of a deployment:
 *
 *     <name>-state       home region    governance, quotas: global tables, a replica in every region
 *     <name>-<region>    every region   health, decisions: tables of that region alone
 *                                       REST API -> gateway function -> providers
 *                                       REST API, /admin, IAM -> admin function -> governance at home
 *                                       settlement queue -> settlement function -> quotas
 */
export function deploy(app: cdk.App, deployment: Deployment): void {
  const env = (region: string): cdk.Environment => ({
    region,
    ...(deployment.account === undefined ? {} : { account: deployment.account }),
  });

  const state = new StateStack(app, `${deployment.name}-state`, {
    env: env(deployment.homeRegion),
    deployment,
  });

  for (const region of deployment.regions) {
    new GatewayStack(app, `${deployment.name}-${region.region}`, {
      env: env(region.region),
      deployment,
      region,
      governance: state.governance,
      quotas: state.quotas,
    }).addStackDependency(state, 'its functions read and write the replicas of this region');
  }
}

if (import.meta.main) {
  const app = new cdk.App();
  review(app);
  const account = process.env['CDK_DEFAULT_ACCOUNT'];
  const withExamples = app.node.tryGetContext('examples') !== undefined;
  for (const deployment of readDeployments(withExamples ? [...deployments, ...examples] : deployments)) {
    deploy(app, account === undefined ? deployment : { account, ...deployment });
  }
}
