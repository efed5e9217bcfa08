import { readDeployments } from './deployment.ts';

/**
 * What is deployed, and where. Run-time matters (providers, keys, budgets, rules) stand in the gateway document instead
 * and need no deployment. `cdk/deployment.ts` describes every field and its default.
 */
export const deployments = readDeployments([
  {
    name: 'fairlead',
    homeRegion: 'us-east-1',
    regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }, { region: 'ap-northeast-1' }],
    memoryMb: 1769,
    logRetentionDays: 30,
    tags: { application: 'fairlead' },
  },
]);
