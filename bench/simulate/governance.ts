import { hostProfile } from '../../lib/dialects/index.ts';
import type { Caller, Policy } from '../../lib/domain/policy.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import type { Gateway } from '../../lib/pipeline.ts';
import { compileCaller } from '../../lib/policy/caller.ts';
import type { GatewayDocument } from '../../lib/policy/document.ts';
import { compilePrices } from '../../lib/policy/prices.ts';
import { compileStoredPolicy } from '../../lib/policy/stored.ts';
import { markDocument } from '../../lib/stores/quota-marks.ts';
import type { PriceSpan } from './world.ts';

/** The virtual keys of a simulation in clear: they open nothing else. */
export const clearKey = (virtualKeyId: string): string => `simulated-${virtualKeyId}`;

/**
 * A gateway document in force, as a gateway reads it: no cache and no lag. Where the world changes a price, the
 * document changes with it, as if operations had edited it at that moment.
 */
export async function governanceOf(
  document: GatewayDocument,
  prices: readonly PriceSpan[],
  startMs: number,
  nowMs: () => number,
): Promise<Gateway['governance']> {
  const made = { version: 1, nowS: Math.floor(startMs / 1000), topUps: [] };
  const { customers = [], teams = [], virtualKeys = [], ...rest } = markDocument(document, new Map(), made);
  // What is stored has been JSON: fields that are undefined are not there.
  const stored: unknown = JSON.parse(JSON.stringify(rest));
  const compiled = await compileStoredPolicy(stored, { version: 1, digest: 'simulated' }, hostProfile);
  const policy: Policy = { ...compiled, decisionRecords: 'none' };
  const callers = new Map(
    virtualKeys.map((key): [string, { readonly hash: string; readonly caller: Caller }] => {
      const team = teams.find(({ id }) => id === key.team);
      const customer = customers.find(({ id }) => id === (team?.customer ?? key.customer));
      const hash = hashVirtualKey(clearKey(key.id));
      return [hash, { hash, caller: compileCaller(key, team, customer) }];
    }),
  );
  const policyAt = repriced(policy, prices, startMs);
  const peek = (hash: string) => ({ policy: policyAt(nowMs()), known: callers.get(hash) });
  return { peek, view: async (hash) => peek(hash) };
}

/** The policy with the prices of a moment; made anew only where they change. */
function repriced(policy: Policy, spans: readonly PriceSpan[], startMs: number): (nowMs: number) => Policy {
  const changesMs = [...new Set(spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].toSorted(
    (a, b) => a - b,
  );
  const made = new Map<number, Policy>();
  return (nowMs) => {
    const sinceMs = nowMs - startMs;
    const period = changesMs.findLastIndex((atMs) => atMs <= sinceMs);
    const known = made.get(period) ?? withPrices(policy, spans, sinceMs);
    made.set(period, known);
    return known;
  };
}

function withPrices(policy: Policy, spans: readonly PriceSpan[], sinceMs: number): Policy {
  const prices = new Map(policy.prices);
  for (const { fromMs, toMs, provider, model, prices: entry } of spans) {
    if (sinceMs < fromMs || sinceMs >= toMs) continue;
    const providers = provider === '*' ? [...policy.providers.keys()] : [provider];
    for (const name of providers.flatMap((id) => namesOf(policy, id, model))) {
      prices.set(name, compilePrices(entry));
    }
  }
  return { ...policy, prices };
}

/** "*" stands for every model whose price the document gives or that it adds. */
function namesOf(policy: Policy, provider: string, model: string): readonly string[] {
  if (model !== '*') return [`${provider}/${model}`];
  const added = (policy.addedModels.get(provider) ?? []).map((facts) => `${provider}/${facts.model}`);
  const priced = [...policy.prices.keys()].filter((name) => name.startsWith(`${provider}/`));
  return [...new Set([...added, ...priced])];
}
