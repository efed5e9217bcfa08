import { costMicroUsd, type Cost } from '../accounting/cost.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { Target } from '../domain/decision.ts';
import { asString } from '../domain/json.ts';
import type { Policy } from '../domain/policy.ts';
import type { TokenPrices } from '../domain/prices.ts';
import type { Usage } from '../domain/usage.ts';
import type { Gateway } from './gateway.ts';

/** What the document, else the catalog, says a target's model costs; undefined: nobody knows. */
export const pricesOf = (policy: Policy, { provider, model, facts }: Target): TokenPrices | undefined =>
  policy.prices.get(`${provider.id}/${model}`) ?? facts?.prices;

/** The cost of an answer at the prices of whichever model served it. */
export function costOf(
  gateway: Pick<Gateway, 'catalog'>,
  policy: Policy,
  target: Target,
  usage: Usage,
  asked: ClientRequest,
): Cost {
  const { provider, model } = target;
  const pricesOfModel = (name: string): TokenPrices | undefined => {
    const asked = name === model ? pricesOf(policy, target) : undefined;
    if (asked !== undefined) return asked;
    const own = policy.prices.get(`${provider.id}/${name}`);
    if (own !== undefined) return own;
    const catalog = gateway.catalog();
    return catalog instanceof Promise || provider.catalogId === undefined
      ? undefined
      : catalog.find(provider.catalogId, name)?.prices;
  };
  // Where the answer does not say how it was served, a dearer tier counts as granted, a cheaper one does not.
  const tier = asString(asked.json['service_tier']);
  const serviceTier = tier === 'flex' || tier === 'batch' ? undefined : tier;
  return costMicroUsd(usage, pricesOfModel(model), {
    model,
    pricesOf: pricesOfModel,
    ...(provider.catalogId === undefined ? {} : { catalogId: provider.catalogId }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  });
}
