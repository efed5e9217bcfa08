import type { ChatRequest, ReasoningEffort, ReasoningRequest } from '../../../domain/chat.ts';
import { isObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';

const efforts: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Groq's word for saying nothing. */
const modelsDefault = 'default';

/**
 * How much to reason, in the three ways clients say it: OpenAI's `reasoning_effort`, OpenRouter's `reasoning` (effort,
 * max_tokens, enabled) and Anthropic's `thinking`. The first one given counts.
 */
export function reasoning(json: JsonObject): Pick<ChatRequest, 'reasoning'> {
  const effort = json['reasoning_effort'];
  const wish =
    effort !== undefined && effort !== null && effort !== modelsDefault
      ? { effort: effortOf(effort, 'reasoning_effort') }
      : (openRouterReasoning(json['reasoning']) ?? anthropicThinking(json['thinking']));
  return wish === undefined ? {} : { reasoning: wish };
}

function openRouterReasoning(value: Json | undefined): ReasoningRequest | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid('reasoning', 'must be an object', value);
  const budget = value['max_tokens'];
  if (budget !== undefined && budget !== null)
    return { budgetTokens: budgetOf(budget, 'reasoning.max_tokens') };
  const effort = value['effort'];
  if (effort !== undefined && effort !== null) return { effort: effortOf(effort, 'reasoning.effort') };
  if (value['enabled'] === false) return { effort: 'none' };
  // OpenRouter's own default where reasoning is merely switched on.
  return value['enabled'] === true ? { effort: 'medium' } : undefined;
}

function anthropicThinking(value: Json | undefined): ReasoningRequest | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid('thinking', 'must be an object', value);
  const type = value['type'];
  if (type === 'disabled') return { budgetTokens: 0 };
  const budget = value['budget_tokens'];
  if (budget !== undefined && budget !== null)
    return { budgetTokens: budgetOf(budget, 'thinking.budget_tokens') };
  // `adaptive` without an effort stands for high at Anthropic; hosts that know only `enabled` have no budget to give.
  if (type === 'adaptive' || type === 'enabled') return { effort: 'high' };
  // Z.ai's `thinking` may hold nothing but how to treat earlier reasoning.
  if (type === undefined) return undefined;
  throw invalid('thinking.type', 'must be enabled, adaptive or disabled', type);
}

function effortOf(value: Json, path: string): ReasoningEffort {
  const known = efforts.find((effort) => effort === value);
  if (known === undefined) throw invalid(path, `must be one of ${efforts.join(', ')}`, value);
  return known;
}

function budgetOf(value: Json, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw invalid(path, 'must be an integer of at least 0', value);
}
