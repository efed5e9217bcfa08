import type { KeyRest } from '../domain/key-rest.ts';
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
  const [policy, rests] = await Promise.all([compiledPolicy(admin.stored), admin.rests()]);
  const all = [...(policy?.providers.values() ?? [])].flatMap((provider) =>
    provider.keys.map((key) => ({ provider: provider.id, key })),
  );
  const keys: object[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    keys.push(
      ...(await Promise.all(
        all.slice(from, from + atOnce).map(({ provider, key }) => {
          const own = rests.filter((rest) => rest.provider === provider && rest.key === key.id);
          return healthOf(admin, provider, key, own);
        }),
      )),
    );
  }
  return { body: { region: admin.region, keys } };
};

async function healthOf(
  admin: Administration,
  provider: string,
  key: ProviderKey,
  rests: readonly KeyRest[],
): Promise<object> {
  const [{ state, changedAtMs }, standings] = await Promise.all([
    admin.secretState(key.secret),
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
