import { sameOrigin } from '../../domain/chat.ts';
import type { ChatRequest, Message, Origin, ReasoningBlock, ReasoningEffort } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ModelTraits } from '../anthropic/models.ts';
import { planThinking } from '../anthropic/thinking.ts';
import type { Unsupported } from '../contract.ts';
import { familyOf } from './families.ts';
import type { Family } from './families.ts';

/** How reasoning is asked for, and what that forbids elsewhere in the request. */
export interface ReasoningPlan {
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  /** `claude`: temperature 1, top_p from 0.95, no top_k. `nova_high`: no sampling and no maxTokens at all. */
  readonly forbids?: 'claude' | 'nova_high';
  readonly unsupported: readonly Unsupported[];
}

type Level = 'low' | 'medium' | 'high';

const levels: Readonly<Record<Exclude<ReasoningEffort, 'none'>, Level>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};
/** The largest budgets, in tokens, that a level stands for. */
const levelBudgets = { low: 2048, medium: 8192 } as const;

/**
 * What the caller's effort or budget becomes. Nova 2 and gpt-oss know three levels, Qwen two; a budget means the level
 * it would fit. Models that cannot be asked, or cannot stop, report it as a parameter that may be dropped.
 */
export function planReasoning(request: ChatRequest, target: Target): ReasoningPlan {
  const { effort, budgetTokens } = request.reasoning ?? {};
  if (effort === undefined && budgetTokens === undefined) return { fields: {}, unsupported: [] };
  const { reasoning: control, vendor } = familyOf(target);
  if (control?.kind === 'claude') return claude(request, target, control.traits);
  const level = levelOf(effort, budgetTokens);
  if (control === undefined) {
    return level === 'off'
      ? { fields: {}, unsupported: [] }
      : refused(`${vendor} on Bedrock takes no reasoning setting`);
  }
  switch (control.kind) {
    case 'nova':
      return level === 'off' ? { fields: {}, unsupported: [] } : nova(request, level);
    case 'reasoning_effort':
      if (level === 'off') return refused(`${vendor} always reasons`, { reasoning_effort: 'low' });
      return { fields: { reasoning_effort: level }, unsupported: [] };
    case 'reasoning_config':
      if (level === 'off') {
        return refused(`${vendor} on Bedrock cannot switch reasoning off`, { reasoning_config: 'low' });
      }
      return { fields: { reasoning_config: level === 'high' ? 'high' : 'low' }, unsupported: [] };
  }
}

/** Blocks the target's model made itself and takes back: all others are dropped from the history. */
export function replays(block: ReasoningBlock, target: Target, family: Family): boolean {
  if (family.replaysReasoning === 'none' || !sameOrigin(block.origin, originOf(target))) return false;
  return family.replaysReasoning === 'any' || block.signature !== undefined || block.encrypted !== undefined;
}

/** What this target's reasoning and opaque blocks are marked with. */
export const originOf = (target: Target): Origin => ({ provider: 'bedrock', model: target.model });

const refused = (reason: string, fields: JsonObject = {}): ReasoningPlan => ({
  fields,
  unsupported: [{ parameter: 'reasoning_effort', reason, droppable: true }],
});

/** Claude's own fields, one level down: `thinking` and `output_config` (user guide, "Adaptive thinking"). */
function claude(request: ChatRequest, target: Target, traits: ModelTraits): ReasoningPlan {
  const limit = request.maxOutputTokens ?? target.facts?.maxOutputTokens ?? traits.maxOutputTokens;
  const plan = planThinking(request, traits, limit, !loopWithoutReasoning(request.messages, target));
  // Only the models that think adaptively are known to take an effort through Converse.
  const effort = traits.thinking === 'budget' ? undefined : plan.effort;
  return {
    fields: {
      ...(plan.thinking === undefined ? {} : { thinking: plan.thinking }),
      ...(effort === undefined ? {} : { output_config: { effort } }),
    },
    ...(plan.active ? { forbids: 'claude' as const } : {}),
    unsupported: plan.unsupported,
  };
}

/** Nova 2: effort `high` takes no output limit (Nova 2 guide, "Extended thinking"): a caller's limit means `medium`. */
function nova(request: ChatRequest, level: Level): ReasoningPlan {
  const effort = level === 'high' && request.maxOutputTokens !== undefined ? 'medium' : level;
  return {
    fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } },
    ...(effort === 'high' ? { forbids: 'nova_high' as const } : {}),
    unsupported: [],
  };
}

function levelOf(effort: ReasoningEffort | undefined, budgetTokens: number | undefined): Level | 'off' {
  if (budgetTokens === undefined) return effort === undefined || effort === 'none' ? 'off' : levels[effort];
  if (budgetTokens <= 0) return 'off';
  if (budgetTokens <= levelBudgets.low) return 'low';
  return budgetTokens <= levelBudgets.medium ? 'medium' : 'high';
}

/** An unfinished tool loop of Claude's must begin with its reasoning; one begun elsewhere has none to give back. */
function loopWithoutReasoning(messages: readonly Message[], target: Target): boolean {
  const family = familyOf(target);
  const spoken = messages.filter(({ role }) => role !== 'system' && role !== 'developer');
  const last = spoken.at(-1);
  if (last === undefined || !last.blocks.some(({ type }) => type === 'tool_result')) return false;
  const caller = spoken.findLast(({ role }) => role === 'assistant');
  return !caller?.blocks.some((block) => block.type === 'reasoning' && replays(block, target, family));
}
