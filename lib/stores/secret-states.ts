import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretRef } from '../domain/policy.ts';

/** Whether a provider key's value is there. */
export interface SecretState {
  readonly state: 'present' | 'absent' | 'unreadable' | 'environment';
  /** When the value last changed. */
  readonly changedAtMs?: number;
}

export interface SecretStatesOptions {
  /** Of the function's own region, made when first needed; absent (local runner without AWS): nothing can be read. */
  readonly client: (() => Promise<SecretsManagerClient>) | undefined;
  readonly readEnv: (name: string) => string | undefined;
}

/** The version of a secret that is read where none is named. */
const inForce = 'AWSCURRENT';

/**
 * Asks Secrets Manager about a secret without reading its value: whoever may ask this need not be allowed to see it.
 * Never rejects.
 */
export async function secretStateOf(
  { client, readEnv }: SecretStatesOptions,
  secret: SecretRef,
): Promise<SecretState> {
  if (secret.kind === 'env') return { state: (readEnv(secret.name) ?? '') === '' ? 'absent' : 'environment' };
  if (client === undefined) return { state: 'unreadable' };
  try {
    const [{ DescribeSecretCommand }, secretsManager] = await Promise.all([
      import('@aws-sdk/client-secrets-manager'),
      client(),
    ]);
    const described = await secretsManager.send(new DescribeSecretCommand({ SecretId: secret.name }));
    const versions = Object.values(described.VersionIdsToStages ?? {});
    const readable =
      described.DeletedDate === undefined && versions.some((stages) => stages.includes(inForce));
    const changedAtMs = (described.LastChangedDate ?? described.CreatedDate)?.getTime();
    return {
      state: readable ? 'present' : 'absent',
      ...(changedAtMs !== undefined && { changedAtMs }),
    };
  } catch (error) {
    const absent = error instanceof Error && error.name === 'ResourceNotFoundException';
    return { state: absent ? 'absent' : 'unreadable' };
  }
}
