import { costMicroUsd } from '../accounting/cost.ts';
import { estimateOutputTokens, estimateTokens } from '../accounting/estimate.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { GatewayError } from '../domain/failure.ts';
import type { Policy } from '../domain/policy.ts';
import type { Usage } from '../domain/usage.ts';
import type { StreamEnd } from '../execution/deliver.ts';
import type { Answer } from '../execution/outcome.ts';
import { requestLine, type Trace } from '../telemetry.ts';
import type { Gateway } from './gateway.ts';

/** Usage -> cost, noted in the record. The cost in micro-dollars where it is known. */
export function charge(
  policy: Policy,
  gateway: Gateway,
  answer: Answer,
  usage: Usage | undefined,
  trace: Trace,
): number | undefined {
  const { provider, model, facts } = answer.target;
  trace.know({ provider: provider.id, model });
  if (usage === undefined) return undefined;
  const pricesOf = (name: string) => {
    const own = policy.prices.get(`${provider.id}/${name}`);
    if (own !== undefined) return own;
    if (name === model && facts?.prices !== undefined) return facts.prices;
    const catalog = gateway.catalog();
    return catalog instanceof Promise || provider.catalogId === undefined
      ? undefined
      : catalog.find(provider.catalogId, name)?.prices;
  };
  const cost = costMicroUsd(usage, pricesOf(model), {
    model,
    pricesOf,
    ...(provider.catalogId === undefined ? {} : { catalogId: provider.catalogId }),
  });
  trace.know({ usage, ...(cost.known ? { costMicroUsd: cost.microUsd } : {}) });
  return cost.known ? cost.microUsd : undefined;
}

/**
 * What a stream is counted by: the provider's own figures. One that broke off has reported its output late or not at
 * all, so it counts by at least what was seen of it.
 */
export function streamUsage(asked: ClientRequest, end: StreamEnd): Usage {
  const seenTokens = estimateOutputTokens(end.outputChars);
  if (end.usage === undefined) {
    return { inputTokens: estimateTokens(asked.text), outputTokens: seenTokens, estimated: true };
  }
  if (end.error === undefined || end.usage.outputTokens >= seenTokens) return end.usage;
  return { ...end.usage, outputTokens: seenTokens, estimated: true };
}

/** Writes the record and waits for what the stores still do. Never rejects. */
export async function settle(
  gateway: Gateway,
  trace: Trace,
  status: number,
  error?: GatewayError,
): Promise<void> {
  gateway.log(requestLine(trace.close(status, error)));
  await gateway.settleStores();
}
