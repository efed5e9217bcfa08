import type { DeploymentInput } from './deployment.ts';

/**
 * What is deployed, and where. Run-time matters (providers, keys, budgets, rules) stand in the gateway document instead
 * and need no deployment. `cdk/configuration` describes every field and its default, `cdk/examples.ts` shows others:
 * a small one beside this, private networks, no internet at all.
 */
export const deployments: readonly DeploymentInput[] = [
  {
    name: 'fairlead',
    homeRegion: 'us-east-1',
    regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }, { region: 'ap-northeast-1' }],
    tags: { application: 'fairlead' },
  },
];
