import type * as z from 'zod';
import { deploymentsSchema, type deploymentSchema } from './configuration/deployment.ts';

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
  const result = deploymentsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => describe(value, [...issue.path, key], 'there is no such field'))
      : [describe(value, issue.path, issue.message)],
  );
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
