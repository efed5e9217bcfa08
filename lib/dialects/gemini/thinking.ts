import type { ReasoningEffort, ReasoningRequest } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import { thinkingLevels, thinkingOf } from './models.ts';
import type { Thinking, ThinkingLevel } from './models.ts';

/** Tokens that efforts stand for (ai.google.dev/gemini-api/docs/openai, "Thinking"); above "high" the model's most. */
const effortBudgets: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

const effortLevels: Readonly<Record<ReasoningEffort, ThinkingLevel>> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** An effort leaves at least a fifth of the output limit to the answer, which shares it with the thoughts. */
const effortShare = 0.8;

export const asksForThoughts = (reasoning: ReasoningRequest): boolean =>
  reasoning.budgetTokens === undefined ? reasoning.effort !== 'none' : reasoning.budgetTokens !== 0;

/**
 * The `thinkingConfig` of a request; undefined where the caller did not speak of reasoning or the model has none.
 * Where thinking cannot be switched off, the least there is stands for "none".
 */
export function writeThinking(
  reasoning: ReasoningRequest | undefined,
  model: string,
  maxOutputTokens: number | undefined,
): JsonObject | undefined {
  const thinking = thinkingOf(model);
  if (reasoning === undefined || thinking.kind === 'none') return undefined;
  const { effort, budgetTokens } = reasoning;
  const includeThoughts = asksForThoughts(reasoning) ? true : undefined;
  if (effort === undefined && budgetTokens === undefined) return { includeThoughts };
  if (thinking.kind === 'level') {
    const wanted = budgetTokens === undefined ? effortLevels[effort ?? 'medium'] : budgetLevel(budgetTokens);
    return { thinkingLevel: supportedLevel(wanted, thinking.levels).toUpperCase(), includeThoughts };
  }
  const output = maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const [wanted, room] =
    budgetTokens === undefined
      ? [effortBudgets[effort ?? 'medium'], Math.floor(output * effortShare)]
      : [budgetTokens, output - 1];
  return { thinkingBudget: fitBudget(Math.min(wanted, room), thinking), includeThoughts };
}

function fitBudget(wanted: number, thinking: Thinking & { kind: 'budget' }): number {
  if (thinking.canDisable && wanted < thinking.minTokens) return wanted <= 0 ? 0 : thinking.minTokens;
  return Math.min(Math.max(wanted, thinking.minTokens), thinking.maxTokens);
}

function budgetLevel(tokens: number): ThinkingLevel {
  if (tokens === 0) return 'minimal';
  if (tokens <= effortBudgets.low) return 'low';
  return tokens <= effortBudgets.medium ? 'medium' : 'high';
}

/** The nearest level the model has that thinks no less; the lists all end with "high". */
function supportedLevel(wanted: ThinkingLevel, levels: readonly ThinkingLevel[]): ThinkingLevel {
  const least = thinkingLevels.indexOf(wanted);
  return levels.find((level) => thinkingLevels.indexOf(level) >= least) ?? 'high';
}
