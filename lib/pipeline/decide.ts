import type { ClientRequest, ProviderDialect } from '../dialects/contract.ts';
import type { Decision } from '../domain/decision.ts';
import type { Caller, Catalog, Policy } from '../domain/policy.ts';
import { matchRule } from '../policy/rules/match.ts';
import type { RoutingContext } from '../routing/context.ts';
import { decide } from '../routing/decide.ts';
import { estimatesOf } from './estimates.ts';
import type { Gateway } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';
import { ruleFacts, type Envelope } from './rule-facts.ts';

/** What deciding takes of a process. */
export type Deciding = Pick<
  Gateway,
  'catalog' | 'dialect' | 'clock' | 'random' | 'region' | 'keyUnusable'
> & {
  readonly execution: Pick<Gateway['execution'], 'rests' | 'pauses' | 'health'>;
};

/** Rules of who may go where, over what each dialect can carry. Dialects nobody needed yet are loaded, then it decides again. */
export async function decideWithDialects(
  gateway: Deciding,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  asked: ClientRequest,
  envelope: Envelope,
): Promise<Decision> {
  const catalog = await gateway.catalog();
  const { sessionKey, model, fallbacks, operation } = asked;
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
    const context: RoutingContext = {
      ...filters(gateway, policy, caller, quotas, catalog),
      ...estimatesOf(policy, asked),
      ...rulesFor(gateway, policy, caller, quotas, asked, envelope),
      operation,
      cannotCarry,
    };
    const decision = decide(context, { model, fallbacks, sessionKey }, gateway.random);
    if (loading.length === 0) return decision;
    await Promise.all(loading);
  }
}

/** Of a document without rules nothing is asked, and nothing computed for them. */
function rulesFor(
  gateway: Deciding,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  asked: ClientRequest,
  envelope: Envelope,
): Pick<RoutingContext, 'ruleFor'> {
  if (policy.rules.size === 0) return {};
  const facts = ruleFacts(gateway, caller, quotas, asked, envelope);
  return { ruleFor: (model, provider) => matchRule(policy.rules, caller, facts(model, provider)) };
}

/** What routing knows of this process: which keys are usable now, which limits are used up, how routes do. */
export function filters(
  gateway: Deciding,
  policy: Policy,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  catalog: Catalog,
): Pick<
  RoutingContext,
  'policy' | 'caller' | 'catalog' | 'keyUsable' | 'overQuota' | 'utilisation' | 'health' | 'pausedMs'
> {
  const nowMs = gateway.clock.nowMs();
  return {
    policy,
    caller,
    catalog,
    keyUsable: (provider, key, model) =>
      !gateway.keyUnusable(key) && !gateway.execution.rests.isResting(provider.id, key.id, model, nowMs),
    overQuota: (limits) => quotas?.spent(limits),
    utilisation: (limits) => quotas?.utilisation(limits) ?? 0,
    health: gateway.execution.health,
    pausedMs: (target) => gateway.execution.pauses.untilFreeMs(target, nowMs),
  };
}
