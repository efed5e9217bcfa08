import { bedrockTranslator } from '../../../../lib/dialects/bedrock/index.ts';
import type { ChatRequest } from '../../../../lib/domain/chat.ts';
import type { Target } from '../../../../lib/domain/decision.ts';
import type { JsonObject } from '../../../../lib/domain/json.ts';
import { testTarget } from '../../../support/target.ts';

export const models = {
  sonnet45: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  opus46: 'us.anthropic.claude-opus-4-6-v1',
  opus47: 'us.anthropic.claude-opus-4-7',
  sonnet37: 'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
  novaLite: 'us.amazon.nova-lite-v1:0',
  nova2: 'us.amazon.nova-2-lite-v1:0',
  llama: 'us.meta.llama4-maverick-17b-instruct-v1:0',
  mistral: 'mistral.mistral-large-2407-v1:0',
  gptOss: 'openai.gpt-oss-120b-1:0',
  qwen: 'qwen.qwen3-32b-v1:0',
  deepseekR1: 'us.deepseek.r1-v1:0',
} as const;

export const target = (model: string, overrides: Partial<Target> = {}): Target =>
  testTarget('bedrock', model, overrides, { baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com' });

/** A request that says "hi", with what matters to a test on top. */
export const ask = (overrides: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  stream: false,
  others: {},
  ...overrides,
});

/** The body Bedrock would get. */
export const bodyFor = (overrides: Partial<ChatRequest>, model: string = models.sonnet45): JsonObject =>
  JSON.parse(String(bedrockTranslator.writeRequest(ask(overrides), target(model)).body));

/** What is reported as impossible: `[parameter, droppable]`. */
export const problems = (
  overrides: Partial<ChatRequest>,
  model: string = models.sonnet45,
): [string, boolean][] =>
  bedrockTranslator
    .unsupported(ask(overrides), target(model))
    .map(({ parameter, droppable }) => [parameter, droppable]);
