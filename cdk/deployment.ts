import type * as z from 'zod';
import { deploymentsSchema, type deploymentSchema } from './configuration/deployment.ts';
import { reasonOf } from './configuration/reasons.ts';

export type Deployment = z.output<typeof deploymentSchema>;
export type DeploymentRegion = Deployment['regions'][number];
export type DeploymentInput = z.input<typeof deploymentSchema>;

/** A configuration that cannot be deployed: the message names every wrong field and the value it had. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Checks deployments and fills in what they leave out. `cdk/configuration` describes every field and its default.
 * @throws ConfigurationError naming each wrong field, what was expected and what was received.
 */
export function readDeployments(value: unknown): readonly Deployment[] {
  const result = deploymentsSchema.safeParse(value, { error: reasonOf });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [describe(value, issue.path, issue.message)];
    const reasons = issue.message.split('\n');
    return issue.keys.map((key, index) => describe(value, [...issue.path, key], reasons[index] ?? ''));
  });
  throw new ConfigurationError(`cdk/config.ts is not valid:\n${problems.join('\n')}`);
}

function describe(root: unknown, path: readonly PropertyKey[], reason: string): string {
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const received = path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    root,
  );
  return `  deployments${field}: ${reason}; received ${JSON.stringify(received) ?? 'nothing'}`;
}
