import { estimateOutputTokens, estimateTokens } from '../accounting/estimate.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { Spent } from '../domain/admission.ts';
import type { Usage } from '../domain/usage.ts';

/**
 * What an attempt is counted by: the provider's own figures. One that broke off has reported its output late or not at
 * all, so it counts by at least what was seen of it, and by the estimate of its input.
 */
export function usageOf(asked: ClientRequest, spent: Extract<Spent, { kind: 'used' }>): Usage {
  const { usage, outputChars, complete } = spent;
  const seenTokens = estimateOutputTokens(outputChars);
  if (usage === undefined) {
    return { inputTokens: estimateTokens(asked.text), outputTokens: seenTokens, estimated: true };
  }
  if (complete) return usage;
  return { ...usage, outputTokens: Math.max(usage.outputTokens, seenTokens), estimated: true };
}
