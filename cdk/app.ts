import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { deployments } from './config.ts';
import { ConfigurationError, readDeployments, type Deployment } from './deployment.ts';
import { examples } from './examples.ts';
import { review } from './review.ts';
import { GatewayStack } from './stacks/gateway-stack.ts';
import { KeysStack } from './stacks/keys-stack.ts';
import { StateStack } from './stacks/state-stack.ts';

/**
 * The map of a deployment:
 *
 *     <name>-keys-<region>  every region   customer-managed keys, of data and of operations
 *     <name>-state          home region    governance, quotas: global tables, a replica in every region
 *     <name>-<region>       every region   network, where the deployment has one
 *                                          health, decisions, settlement queue: of that region alone
 *                                          hosts -> REST API -> gateway function -> providers
 *                                          REST API, /admin, IAM -> admin function -> governance at home
 *                                          settlement queue -> settlement function -> quotas
 *                                          maintenance, alarms, dashboards
 *
 * No stack refers to one of another region but by names that are fixed: regions come and go one by one.
 */
export function deploy(app: cdk.App, deployment: Deployment): void {
  const { name, homeRegion, regions } = deployment;
  const env = (region: string): cdk.Environment => ({
    region,
    ...(deployment.account === undefined ? {} : { account: deployment.account }),
  });
  const bounded = (stack: cdk.Stack): void => {
    if (deployment.permissionsBoundaryArn === undefined) return;
    const id = 'PermissionsBoundary';
    const boundary = iam.ManagedPolicy.fromManagedPolicyArn(stack, id, deployment.permissionsBoundaryArn);
    iam.PermissionsBoundary.of(stack).apply(boundary);
  };

  const keys = new Map(
    regions
      .filter(({ keyArns }) => keyArns === undefined)
      .map(({ region }) => [
        region,
        new KeysStack(app, `${name}-keys-${region}`, { env: env(region), deployment }),
      ]),
  );

  const state = new StateStack(app, `${name}-state`, { env: env(homeRegion), deployment });
  for (const each of keys.values()) {
    state.addStackDependency(each, 'a replica is made under the key of its region');
  }

  for (const region of regions) {
    const gateway = new GatewayStack(app, `${name}-${region.region}`, {
      env: env(region.region),
      deployment,
      region,
      keys: keys.get(region.region)?.keys,
      governance: state.governance,
      quotas: state.quotas,
    });
    gateway.addStackDependency(state, 'its functions read and write the replicas of this region');
    bounded(gateway);
  }
}

/** The deployments chosen, each in the account of the credentials in use where it names none. */
function chosen(app: cdk.App): readonly Deployment[] {
  const account = process.env['CDK_DEFAULT_ACCOUNT'];
  const withExamples = app.node.tryGetContext('examples') !== undefined;
  const inputs = withExamples ? [...deployments, ...examples] : deployments;
  try {
    return readDeployments(account === undefined ? inputs : inputs.map((each) => ({ account, ...each })));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

if (import.meta.main) {
  const app = new cdk.App();
  review(app);
  for (const deployment of chosen(app)) deploy(app, deployment);
}
