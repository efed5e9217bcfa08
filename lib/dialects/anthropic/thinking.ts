import type { ChatRequest, ReasoningEffort } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Unsupported } from '../contract.ts';
import type { ModelTraits, WireEffort } from './models.ts';

/** How one request thinks. */
export interface ThinkingPlan {
  /** The body's `thinking`. */
  readonly thinking?: JsonObject;
  /** The body's `output_config.effort`. */
  readonly effort?: WireEffort;
  /** Thinking was asked for: the API then forbids most sampling fields. */
  readonly active: boolean;
  readonly unsupported: readonly Unsupported[];
}

type Level = Exclude<ReasoningEffort, 'none'>;

/** `budget_tokens` for an effort, on models that know budgets only. */
const budgetOf: Readonly<Record<Level, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 49_152,
};
const levels = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const satisfies readonly Level[];
/** The API's least budget; it must also stay below `max_tokens`. */
const minBudgetTokens = 1_024;
/** OpenRouter's wish to reason unseen, as the client's dialect hands it on. */
export const excludeReasoning = 'reasoning.exclude';
/** An effort's budget leaves at least this share of `max_tokens` to the answer. */
const answerShare = 0.2;

/**
 * What to say about thinking (docs: "Extended thinking", "Adaptive thinking", "Effort").
 *
 * Budget models: an effort becomes a budget that fits below `max_tokens`, and gives way where the API forbids
 * budgets: a forced tool, a `max_tokens` too small, or an unfinished tool loop whose assistant turn begins without
 * thinking (it came from another provider). An explicit budget that must give way is reported.
 * Adaptive models: a budget becomes the nearest effort. Models that always think get the lowest effort for "none".
 */
export function planThinking(
  request: ChatRequest,
  traits: ModelTraits,
  maxTokens: number,
  loopAllowsThinking = true,
): ThinkingPlan {
  const effort = request.reasoning?.effort;
  const budgetTokens = request.reasoning?.budgetTokens;
  const hidden = request.others[excludeReasoning] === true;
  if (budgetTokens === 0 || (budgetTokens === undefined && effort === 'none')) return thinkingOff(traits);
  const level = effort === 'none' ? undefined : effort;
  if (budgetTokens === undefined && level === undefined) return { active: false, unsupported: [] };
  if (traits.thinking === 'none') return refused(budgetTokens, 'this Claude model does not think');
  if (traits.thinking === 'adaptive' || (traits.thinking === 'either' && budgetTokens === undefined)) {
    return adaptive(budgetTokens === undefined ? (level ?? 'high') : levelFor(budgetTokens), traits, hidden);
  }
  const wire = level && wireEffort(level, traits);
  const withEffort = wire ? { effort: wire } : {};
  const obstacle = budgetObstacle(request, maxTokens);
  if (obstacle !== undefined && budgetTokens !== undefined) {
    return { ...refused(budgetTokens, obstacle), ...withEffort };
  }
  const budget =
    budgetTokens === undefined
      ? Math.min(budgetOf[level ?? 'medium'], Math.floor(maxTokens * (1 - answerShare)))
      : Math.min(Math.max(budgetTokens, minBudgetTokens), maxTokens - 1);
  if (obstacle !== undefined || budget < minBudgetTokens || !loopAllowsThinking) {
    return { ...withEffort, active: false, unsupported: [] };
  }
  const hide = hidden && traits.thinking === 'either';
  return {
    thinking: { type: 'enabled', budget_tokens: budget, ...(hide && { display: 'omitted' }) },
    ...withEffort,
    active: true,
    unsupported:
      hidden && !hide
        ? [
            {
              parameter: excludeReasoning,
              reason: 'this Claude model always shows its thoughts',
              droppable: true,
            },
          ]
        : [],
  };
}

function thinkingOff(traits: ModelTraits): ThinkingPlan {
  const plan = { active: false, unsupported: [] };
  if (traits.thinkingOff === 'omit') return plan;
  return traits.thinkingOff === 'never'
    ? { ...plan, effort: 'low' }
    : { ...plan, thinking: { type: traits.thinkingOff } };
}

function adaptive(level: Level, traits: ModelTraits, hidden: boolean): ThinkingPlan {
  const effort = wireEffort(level, traits);
  // Models without budgets hide their thoughts unless asked; the older ones show them unless asked.
  const shownUnasked = traits.thinking === 'either';
  const display = hidden ? 'omitted' : 'summarized';
  return {
    thinking: { type: 'adaptive', ...(shownUnasked !== hidden ? {} : { display }) },
    ...(effort && { effort }),
    active: true,
    unsupported: [],
  };
}

/** The same level where the model has it, else its lowest (for `minimal`) or its highest (for the levels above `high`). */
function wireEffort(level: Level, traits: ModelTraits): WireEffort | undefined {
  const { efforts } = traits;
  if (level === 'minimal') return efforts[0];
  if (efforts.includes(level)) return level;
  return efforts.at(-1);
}

/** The level whose budget is nearest from above. */
const levelFor = (budgetTokens: number): Level =>
  levels.find((level) => budgetTokens <= budgetOf[level]) ?? 'max';

function budgetObstacle(request: ChatRequest, maxTokens: number): string | undefined {
  const { toolChoice } = request;
  const forced =
    request.tools.length > 0 &&
    (toolChoice?.type === 'required' ||
      toolChoice?.type === 'tool' ||
      (toolChoice?.type === 'allowed' && toolChoice.required));
  if (forced) return 'this Claude model does not think when tool_choice forces a tool';
  return maxTokens > minBudgetTokens
    ? undefined
    : `Claude thinks with at least ${minBudgetTokens} tokens, and max_tokens must be greater`;
}

const refused = (budgetTokens: number | undefined, reason: string): ThinkingPlan => ({
  active: false,
  unsupported: [
    { parameter: budgetTokens === undefined ? 'reasoning_effort' : 'reasoning', reason, droppable: true },
  ],
});
