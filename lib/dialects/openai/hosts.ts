import type { Operation, Quirks } from '../../domain/policy.ts';

/** What is known of a well-known OpenAI-compatible host. A gateway document may override all of it. */
export interface HostProfile {
  readonly quirks: Quirks;
  /** The provider of the catalog whose models and prices are this host's. */
  readonly catalogId?: string;
  readonly operations: ReadonlySet<Operation>;
}

const chat: ReadonlySet<Operation> = new Set(['chat']);
const chatAndEmbeddings: ReadonlySet<Operation> = new Set(['chat', 'embeddings']);
const chatAndResponses: ReadonlySet<Operation> = new Set(['chat', 'responses']);
const everything: ReadonlySet<Operation> = new Set(['chat', 'responses', 'embeddings']);

/** What other hosts write on an assistant's message and OpenAI does not know. */
const reasoningFields = ['reasoning_content', 'reasoning'];

/** State a host keeps for one provider's account only; hosts without it refuse these, or silently forget. */
const storedState = ['previous_response_id', 'background', 'conversation', 'store'];

/** Hosts known by the role and the field of before reasoning models: `system`, `max_tokens`. */
const classic: Quirks = { developerRole: 'system', maxTokensField: 'max_tokens' };

/** api.openai.com, and any provider of type `openai`. */
export const openAiQuirks: Quirks = { droppedMessageFields: reasoningFields };

/** A host nobody knows (vLLM, SGLang, llama.cpp, Ollama in-house): what all of them take. */
const unknownHost: HostProfile = { quirks: classic, operations: chatAndEmbeddings };

const profiles: ReadonlyMap<string, HostProfile> = new Map(
  Object.entries<HostProfile>({
    'api.openai.com': { catalogId: 'openai', operations: everything, quirks: openAiQuirks },
    // console.groq.com/docs/openai: logprobs, logit_bias, top_logprobs, messages[].name are refused; n must be 1.
    'api.groq.com': {
      catalogId: 'groq',
      operations: chatAndResponses,
      quirks: {
        developerRole: 'system',
        refusedParameters: ['logprobs', 'logit_bias', 'top_logprobs', 'n', ...storedState],
        droppedMessageFields: ['name', 'reasoning_content'],
      },
    },
    // docs.mistral.ai/api: `max_tokens`, no `user`, `seed` is `random_seed`; ids of tool calls are nine letters and digits.
    'api.mistral.ai': {
      catalogId: 'mistral',
      operations: chatAndEmbeddings,
      quirks: {
        ...classic,
        streamOptions: false,
        refusedParameters: [
          ...['logprobs', 'top_logprobs', 'logit_bias', 'user', 'seed', 'store', 'metadata', 'service_tier'],
          ...['safety_identifier', 'verbosity', 'modalities'],
        ],
        droppedMessageFields: ['name', 'refusal', 'annotations', 'audio', ...reasoningFields],
        toolCallIds: { alphabet: 'alphanumeric', maxLength: 9, exactLength: true },
      },
    },
    // api-docs.deepseek.com: reasoning_content belongs on messages with tool calls and is ignored elsewhere.
    'api.deepseek.com': {
      catalogId: 'deepseek',
      operations: chatAndResponses,
      quirks: { ...classic, droppedMessageFields: ['reasoning'] },
    },
    // openrouter.ai/docs: takes and gives reasoning_details; its Responses API keeps no state.
    'openrouter.ai': {
      catalogId: 'openrouter',
      operations: everything,
      quirks: { reasoningDetails: true, refusedParameters: storedState },
    },
    // inference-docs.cerebras.ai/resources/openai: penalties and logit_bias are refused.
    'api.cerebras.ai': {
      catalogId: 'cerebras',
      operations: chat,
      quirks: {
        developerRole: 'system',
        refusedParameters: ['frequency_penalty', 'presence_penalty', 'logit_bias'],
        droppedMessageFields: ['reasoning_content'],
      },
    },
    'api.together.xyz': { catalogId: 'together', operations: chatAndEmbeddings, quirks: classic },
    'api.together.ai': { catalogId: 'together', operations: chatAndEmbeddings, quirks: classic },
    'api.fireworks.ai': { catalogId: 'fireworks', operations: chatAndEmbeddings, quirks: classic },
    'api.x.ai': {
      catalogId: 'x-ai',
      operations: chatAndResponses,
      quirks: { droppedMessageFields: reasoningFields },
    },
    'api.perplexity.ai': { catalogId: 'perplexity', operations: chat, quirks: classic },
    'api.moonshot.ai': { catalogId: 'moonshotai', operations: chat, quirks: classic },
    'api.moonshot.cn': { catalogId: 'moonshotai', operations: chat, quirks: classic },
    'router.huggingface.co': { operations: chat, quirks: classic },
    'api.z.ai': { catalogId: 'zai', operations: chat, quirks: classic },
    'open.bigmodel.cn': { catalogId: 'zhipuai', operations: chat, quirks: classic },
    'api.novita.ai': { catalogId: 'novita', operations: chat, quirks: classic },
    'inference.baseten.co': { catalogId: 'baseten', operations: chat, quirks: classic },
    'api.minimax.io': { catalogId: 'minimax', operations: chat, quirks: classic },
    'oai.endpoints.kepler.ai.cloud.ovh.net': {
      catalogId: 'ovhcloud',
      operations: chatAndEmbeddings,
      quirks: classic,
    },
    'ollama.com': { operations: chat, quirks: classic },
    // ai.google.dev/gemini-api/docs/openai
    'generativelanguage.googleapis.com': {
      catalogId: 'google',
      operations: chatAndEmbeddings,
      quirks: { developerRole: 'system', droppedMessageFields: reasoningFields },
    },
  }),
);

/** Hosts with one name per customer or region, by the end of their name. */
const bySuffix: readonly (readonly [suffix: string, profile: HostProfile])[] = [
  // docs.snowflake.com, Cortex REST API: Claude models answer without a finish reason.
  [
    '.snowflakecomputing.com',
    { operations: chat, quirks: { reasoningDetails: true, omitsFinishReason: true } },
  ],
  // docs.aws.amazon.com/bedrock, the OpenAI-compatible endpoint bedrock-mantle.<region>.api.aws.
  ['.api.aws', { catalogId: 'aws', operations: chatAndResponses, quirks: classic }],
  ['.crusoecloud.com', { operations: chat, quirks: classic }],
];

/** What is known of the host of a provider's base URL; a plain OpenAI-compatible server for names nobody knows. */
export function hostProfile(hostname: string): HostProfile {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return profiles.get(name) ?? bySuffix.find(([suffix]) => name.endsWith(suffix))?.[1] ?? unknownHost;
}
