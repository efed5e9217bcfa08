import { findModel, listModels } from '../accounting/models.ts';
import type { Route } from '../dialects/routes.ts';
import { GatewayError } from '../domain/failure.ts';
import type { Caller, Policy } from '../domain/policy.ts';
import { usableModels } from '../routing/usable-models.ts';
import { pricesOf } from './cost-of.ts';
import { filters } from './decide.ts';
import type { Gateway } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';

/** The models a virtual key may use, or one of them, as a JSON body. */
export async function models(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  route: Extract<Route, { kind: 'models' | 'model' }>,
): Promise<string> {
  const catalog = await gateway.catalog();
  const usable = usableModels({
    ...filters(gateway, policy, caller, quotas, catalog),
    isPriced: (target) => pricesOf(policy, target)?.input !== undefined,
  });
  const list = listModels(usable, policy.aliases, catalog.asOfS);
  if (route.kind === 'models') return JSON.stringify(list);
  const model = findModel(list, route.id);
  if (model === undefined) {
    throw new GatewayError(
      'model_not_found',
      `model "${route.id}" not found for virtual key "${caller.virtualKeyId}"`,
      {
        param: 'model',
      },
    );
  }
  return JSON.stringify(model);
}
