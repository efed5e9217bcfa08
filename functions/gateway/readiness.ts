import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { ProviderKey } from '../../lib/domain/policy.ts';
import type { LiveHealth } from '../../lib/health/live-health.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import type { Gateway, Readiness } from '../../lib/pipeline/gateway.ts';
import type { SecretStore } from '../../lib/stores/secret-store.ts';
import { tables } from '../../lib/stores/schema.ts';
import type { Environment } from './environment.ts';

/** Whoever polls drives no more reads than one in so long. */
const keptMs = 2_000;

/** Nobody's item: only whether the table answers is asked. */
const nobody = { [tables.quotas.partitionKey]: { S: 'health' } };

/**
 * Whether this region can serve, by what it cannot serve without: its policy and its tables. How many provider keys are
 * usable and how old live health is are told, and fail nothing: no provider's outage takes a region out.
 */
export function createReadiness(
  environment: Environment,
  governance: Gateway['governance'],
  health: LiveHealth,
  secrets: Pick<SecretStore, 'peek'>,
): () => Promise<Readiness> {
  const { clock, dynamo, tableNames } = environment;
  const policyOf = async () => (await governance.view(hashVirtualKey(''))).policy;
  const quotasAnswer = () =>
    dynamo.send(new GetItemCommand({ TableName: tableNames.quotas, Key: nobody, ConsistentRead: false }));

  const check = async (): Promise<Readiness> => {
    const [policy, quotas] = await Promise.allSettled([policyOf(), quotasAnswer()]);
    const known = policy.status === 'fulfilled' ? policy.value : undefined;
    const keys =
      known === undefined ? [] : [...known.providers.values()].flatMap((provider) => provider.keys);
    const ageMs = health.snapshotAgeMs();
    return {
      ready: known !== undefined && quotas.status === 'fulfilled',
      ...(known !== undefined && { policyVersion: known.version }),
      checks: {
        governance: known === undefined ? 'unavailable' : 'ok',
        quotas: quotas.status === 'fulfilled' ? 'ok' : 'unavailable',
        health: ageMs === undefined ? {} : { snapshotAgeMs: ageMs },
        secrets: count(keys, secrets),
      },
    };
  };

  let last: { readonly atMs: number; readonly readiness: Promise<Readiness> } | undefined;
  return () => {
    const nowMs = clock.nowMs();
    if (last === undefined || nowMs - last.atMs >= keptMs) last = { atMs: nowMs, readiness: check() };
    return last.readiness;
  };
}

/** Of the provider keys the policy names: one that no request has needed yet has not been read. */
function count(
  keys: readonly ProviderKey[],
  secrets: Pick<SecretStore, 'peek'>,
): Readiness['checks']['secrets'] {
  const counts = { usable: 0, unusable: 0, unread: 0 };
  for (const { secret } of keys) {
    const reading = secrets.peek(secret);
    counts[reading === undefined ? 'unread' : reading.kind === 'unusable' ? 'unusable' : 'usable'] += 1;
  }
  return counts;
}
