import { estimatedMicroUsd } from '../accounting/cost.ts';
import { estimateTokens } from '../accounting/estimate.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import { demandOf, type Demand } from '../dialects/openai/demand.ts';
import type { Target } from '../domain/decision.ts';
import type { RequestSize } from '../domain/health.ts';
import type { Policy } from '../domain/policy.ts';
import type { RoutingContext } from '../routing/context.ts';
import { pricesOf } from './cost-of.ts';

/** Output that a request without a lower limit of its own is taken to bring; targets are compared by it, nobody is billed. */
const expectedOutputTokens = 512;
/** The estimate of a prompt may be a third too high; what is refused by it must be too long all the same. */
const certainly = 0.75;
/** Of English; only compared, never billed. */
const charsPerToken = 4;

/** What is guessed of a request before it is sent, for whoever compares targets. */
export function estimatesOf(
  policy: Policy,
  asked: ClientRequest,
): Pick<RoutingContext, 'size' | 'isPriced' | 'estimateMicroUsd' | 'looksTooLong'> {
  const size: RequestSize = {
    inputTokens: Math.ceil(asked.text.length / charsPerToken),
    stream: asked.stream,
  };
  let demand: Demand | undefined;
  const demanded = (): Demand => (demand ??= demandOf(asked));
  let promptTokens: number | undefined;
  return {
    size,
    isPriced: (target) => {
      const prices = pricesOf(policy, target);
      return prices?.input !== undefined && (prices.output !== undefined || demanded().maxOutputTokens === 0);
    },
    estimateMicroUsd: (target) => {
      const prices = pricesOf(policy, target);
      const outputTokens = Math.min(demanded().maxOutputTokens ?? expectedOutputTokens, expectedOutputTokens);
      return prices === undefined ? undefined : estimatedMicroUsd(prices, size.inputTokens, outputTokens);
    },
    looksTooLong: ({ facts }: Target) => {
      const windowTokens = facts?.contextTokens;
      if (windowTokens === undefined || asked.text.length < windowTokens) return false;
      if (demanded().hasMedia) return false;
      promptTokens ??= estimateTokens(asked.text);
      return promptTokens * certainly > windowTokens;
    },
  };
}
