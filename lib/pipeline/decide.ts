import type { ClientRequest, ProviderDialect } from '../dialects/contract.ts';
import type { Decision } from '../domain/decision.ts';
import type { Caller, Catalog, Policy } from '../domain/policy.ts';
import type { RoutingContext } from '../routing/candidate.ts';
import { decide } from '../routing/decide.ts';
import { orderByWeight } from '../routing/select.ts';
import type { Gateway } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';

/** Rules of who may go where, over what each dialect can carry. Dialects nobody needed yet are loaded, then it decides again. */
export async function decideWithDialects(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  asked: ClientRequest,
): Promise<Decision> {
  const catalog = await gateway.catalog();
  for (;;) {
    const loading: Promise<ProviderDialect>[] = [];
    const cannotCarry: RoutingContext['cannotCarry'] = (target) => {
      const dialect = gateway.dialect(target.provider.type);
      if (dialect instanceof Promise) {
        loading.push(dialect);
        return undefined;
      }
      const { dropUnsupported } = target.provider;
      return dialect.unsupported(asked, target).find((each) => !(dropUnsupported && each.droppable));
    };
    const context = {
      ...filters(gateway, policy, caller, quotas, catalog, asked.sessionKey),
      operation: asked.operation,
      cannotCarry,
    };
    const request = { model: asked.model, fallbacks: asked.fallbacks, sessionKey: asked.sessionKey };
    const decision = decide(context, request, gateway.random);
    if (loading.length === 0) return decision;
    await Promise.all(loading);
  }
}

/** What routing knows of this process: which keys are usable now, and how a choice among them falls. */
export function filters(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  catalog: Catalog,
  sessionKey: string | undefined,
): Omit<RoutingContext, 'operation' | 'cannotCarry'> {
  const nowMs = gateway.clock.nowMs();
  return {
    policy,
    caller,
    catalog,
    keyUsable: (provider, key, model) =>
      !gateway.keyUnusable(key) && !gateway.execution.rests.isResting(provider.id, key.id, model, nowMs),
    overQuota: (limits) => quotas?.spent(limits),
    orderKeys: (_provider, keys) =>
      orderByWeight(
        keys.map((key) => ({ item: key, id: key.id, weight: key.weight })),
        gateway.random,
        sessionKey,
      ),
  };
}
