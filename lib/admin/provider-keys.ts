import type { ProviderKey } from '../domain/policy.ts';
import { queryOf, strict } from './asked.ts';
import { compiledPolicy } from './owners.ts';
import type { Administration, Handle } from './ports.ts';
import { standingsOf, standingView } from './standings.ts';

/** How the keys at providers are in this region: is the value there, does it rest, how far are its limits used. */

/** Secrets asked about side by side: Secrets Manager takes some hundred calls a second. */
const atOnce = 10;

export const listProviderKeys: Handle = async (admin, call) => {
  queryOf(call, strict({}));
  const policy = await compiledPolicy(admin.stored);
  const all = [...(policy?.providers.values() ?? [])].flatMap((provider) =>
    provider.keys.map((key) => ({ provider: provider.id, key })),
  );
  const keys: object[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    keys.push(
      ...(await Promise.all(
        all.slice(from, from + atOnce).map(({ provider, key }) => healthOf(admin, provider, key)),
      )),
    );
  }
  return { body: { region: admin.region, keys } };
};

async function healthOf(admin: Administration, provider: string, key: ProviderKey): Promise<object> {
  const [{ state, changedAtMs }, rests, standings] = await Promise.all([
    admin.secretState(key.secret),
    admin.rests(provider, key.id),
    key.quotas.length === 0 ? [] : standingsOf(admin, key.quotas),
  ]);
  return {
    provider,
    key: key.id,
    secret: { state, ...(changedAtMs !== undefined && { changedAt: new Date(changedAtMs).toISOString() }) },
    rests: rests.map(({ model = '*', untilMs }) => ({
      model,
      until: new Date(untilMs).toISOString(),
      // Nothing else lets a key rest.
      reason: 'refused by the provider',
    })),
    quotas: standings.map(standingView),
  };
}
