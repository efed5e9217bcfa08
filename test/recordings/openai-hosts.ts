import type { JsonObject } from '../../lib/domain/json.ts';
import type { Target } from '../../lib/domain/decision.ts';
import { hostProfile } from '../../lib/dialects/index.ts';
import { testTarget } from '../support/target.ts';

/** The host each folder of OpenAI-shaped recordings was recorded at. */
const hostnames: Readonly<Record<string, string>> = {
  openai: 'api.openai.com',
  groq: 'api.groq.com',
  mistral: 'api.mistral.ai',
  openrouter: 'openrouter.ai',
  cerebras: 'api.cerebras.ai',
  crusoe: 'managed-inference-api-proxy.crusoecloud.com',
  deepseek: 'api.deepseek.com',
  huggingface: 'router.huggingface.co',
  ollama: 'ollama.com',
  snowflake: 'example.snowflakecomputing.com',
  zai: 'api.z.ai',
  google: 'generativelanguage.googleapis.com',
  'bedrock-mantle': 'bedrock-mantle.us-east-1.api.aws',
};

export const providers = Object.keys(hostnames);

export function recordedTarget(provider: string, model: string): Target {
  const hostname = hostnames[provider] ?? '';
  const { quirks, operations } = hostProfile(hostname);
  const type = provider === 'openai' ? 'openai' : 'openai-compatible';
  return testTarget(type, model, {}, { id: provider, baseUrl: `https://${hostname}/v1`, quirks, operations });
}

/** Which fields of a recorded request may differ on the way out, and how; everything else must not. */
export function asSent(provider: string, body: JsonObject): JsonObject {
  const sent: Record<string, unknown> = structuredClone(body);
  if (provider === 'groq') delete sent['n'];
  if (sent['stream'] === true && provider !== 'mistral') {
    sent['stream_options'] = { ...(body['stream_options'] as object | undefined), include_usage: true };
  }
  return sent as JsonObject;
}

/** Where each figure of a provider's usage must be found again, or why it need not be. */
export const usageLeaves: Readonly<Record<string, string>> = {
  prompt_tokens: 'inputTokens',
  input_tokens: 'inputTokens',
  completion_tokens: 'outputTokens',
  output_tokens: 'outputTokens',
  total_tokens: 'totalTokens',
  'prompt_tokens_details.cached_tokens': 'cachedInputTokens',
  'prompt_tokens_details.cache_write_tokens': 'cacheWriteTokens',
  'prompt_tokens_details.audio_tokens': 'inputAudioTokens',
  'input_tokens_details.cached_tokens': 'cachedInputTokens',
  'input_tokens_details.cache_write_tokens': 'cacheWriteTokens',
  'completion_tokens_details.reasoning_tokens': 'reasoningTokens',
  'completion_tokens_details.audio_tokens': 'outputAudioTokens',
  'completion_tokens_details.image_tokens': 'outputImageTokens',
  'completion_tokens_details.accepted_prediction_tokens': 'acceptedPredictionTokens',
  'completion_tokens_details.rejected_prediction_tokens': 'rejectedPredictionTokens',
  'output_tokens_details.reasoning_tokens': 'reasoningTokens',
  'server_tool_use_details.web_search_requests': 'webSearches',
  prompt_cache_hit_tokens: 'cachedInputTokens',
  num_cached_tokens: 'cachedInputTokens',
  cached_tokens: 'cachedInputTokens',
  cost: 'providerCostUsd',
  // The input that was not cached: the difference of two figures above.
  prompt_cache_miss_tokens: '-',
  // Calls of OpenRouter's server tools, of which searches are billed and counted above; the rest is in `cost`.
  'server_tool_use_details.tool_calls_requested': '-',
  'server_tool_use_details.tool_calls_executed': '-',
  // Parts of `cost`, or with `is_byok` the rest of it.
  'cost_details.upstream_inference_cost': '-',
  'cost_details.upstream_inference_prompt_cost': '-',
  'cost_details.upstream_inference_completions_cost': '-',
  'cost_details.upstream_inference_input_cost': '-',
  'cost_details.upstream_inference_output_cost': '-',
  // Only ever 0 in the recordings: nothing bills them.
  'prompt_tokens_details.video_tokens': '0',
  'prompt_tokens_details.multimodal_tokens': '0',
  // Seconds.
  queue_time: '-',
  prompt_time: '-',
  completion_time: '-',
  total_time: '-',
};
