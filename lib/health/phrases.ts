import type { CredentialScope, FailureClass } from '../domain/failure.ts';
import type { ProviderType } from '../domain/policy.ts';

/**
 * What providers say when they fail, each phrase with who says it. The first matching row decides, so narrow rows
 * stand above wide ones. A row matches when every condition it gives holds: `code` equals the error's code or type,
 * `phrase` is contained in the lower-case message, `status` and `only` list what the row is limited to.
 */
export interface Phrase {
  readonly class: FailureClass;
  readonly scope?: CredentialScope;
  readonly code?: string;
  readonly phrase?: string;
  readonly status?: readonly number[];
  readonly only?: readonly ProviderType[];
  /** Who says it. */
  readonly said: string;
}

const openAiLike = ['openai', 'openai-compatible'] as const satisfies readonly ProviderType[];
const google = ['gemini', 'vertex'] as const satisfies readonly ProviderType[];

export const phrases: readonly Phrase[] = [
  // The request is longer than the model's window.
  { class: 'context_length', code: 'context_length_exceeded', said: 'OpenAI, Azure, Groq, Cerebras, xAI' },
  {
    class: 'context_length',
    code: 'string_above_max_length',
    said: 'OpenAI (one input over the size limit)',
  },
  {
    class: 'context_length',
    phrase: 'maximum context length',
    said: 'OpenAI, vLLM, Together, DeepSeek, OpenRouter, Mistral',
  },
  { class: 'context_length', phrase: 'prompt is too long', said: 'Anthropic' },
  {
    class: 'context_length',
    phrase: 'exceed context limit',
    said: 'Anthropic ("input length and `max_tokens` exceed context limit")',
  },
  { class: 'context_length', phrase: 'input is too long for requested model', said: 'Bedrock' },
  { class: 'context_length', phrase: 'too many input tokens', said: 'Bedrock (Nova, Titan)' },
  { class: 'context_length', phrase: 'input token count exceeds', said: 'Vertex' },
  { class: 'context_length', phrase: 'exceeds the maximum number of tokens allowed', said: 'Gemini, Vertex' },
  { class: 'context_length', phrase: 'reduce the length of the messages', said: 'Groq, OpenAI, Cerebras' },
  { class: 'context_length', phrase: 'exceeds the context window', said: 'OpenAI (Responses)' },
  { class: 'context_length', phrase: 'exceeds context window', said: 'Together, Fireworks' },
  { class: 'context_length', phrase: 'exceeds the available context size', said: 'llama.cpp' },
  { class: 'context_length', phrase: 'input length exceeds the context length', said: 'Ollama' },

  // The safety system spoke.
  { class: 'content_policy', code: 'content_policy_violation', said: 'OpenAI, LiteLLM proxies' },
  { class: 'content_policy', code: 'content_filter', said: 'Azure OpenAI' },
  { class: 'content_policy', code: 'responsibleaipolicyviolation', said: 'Azure OpenAI' },
  {
    class: 'content_policy',
    phrase: 'flagged as potentially violating our usage policy',
    said: 'OpenAI (reasoning models, code invalid_prompt)',
  },
  { class: 'content_policy', phrase: 'rejected as a result of our safety system', said: 'OpenAI (images)' },
  { class: 'content_policy', phrase: 'blocked by content filtering policy', said: 'Anthropic' },
  { class: 'content_policy', phrase: 'requires moderation', status: [403], said: 'OpenRouter' },
  { class: 'content_policy', phrase: 'violates usage guidelines', status: [403], said: 'xAI' },
  { class: 'content_policy', code: 'sensitive_words_detected', said: 'OpenAI-compatible hosts in China' },
  { class: 'content_policy', phrase: 'content exists risk', said: 'DeepSeek' },
  { class: 'content_policy', phrase: 'blocked by safety', only: google, said: 'Gemini, Vertex' },

  // The account or the key is refused.
  {
    class: 'credential',
    scope: 'key',
    code: 'insufficient_quota',
    only: openAiLike,
    said: 'OpenAI (429: out of credit)',
  },
  { class: 'credential', scope: 'key', code: 'billing_hard_limit_reached', said: 'OpenAI' },
  { class: 'credential', scope: 'key', code: 'billing_not_active', said: 'OpenAI' },
  { class: 'credential', scope: 'key', code: 'account_deactivated', said: 'OpenAI' },
  { class: 'credential', scope: 'key', code: 'invalid_api_key', said: 'OpenAI, Groq' },
  { class: 'credential', scope: 'key', code: 'api_key_invalid', said: 'Gemini (400, ErrorInfo.reason)' },
  { class: 'credential', scope: 'key', code: 'wrong_api_key', said: 'Cerebras' },
  { class: 'credential', scope: 'key', phrase: 'credit balance is too low', said: 'Anthropic (400)' },
  { class: 'credential', scope: 'key', phrase: 'insufficient balance', said: 'DeepSeek (402)' },
  { class: 'credential', scope: 'key', phrase: 'insufficient credits', said: 'OpenRouter (402)' },
  { class: 'credential', scope: 'key', phrase: 'credit limit exceeded', said: 'Together (402)' },
  { class: 'credential', scope: 'key', phrase: 'organization has been disabled', said: 'Anthropic (400)' },
  { class: 'credential', scope: 'key', phrase: 'api key not valid', said: 'Gemini (400)' },
  { class: 'credential', scope: 'key', phrase: 'api key expired', said: 'Gemini (400)' },
  { class: 'credential', scope: 'key', phrase: 'incorrect api key provided', said: 'OpenAI, xAI (400)' },
  { class: 'credential', scope: 'key', phrase: 'api key was reported as leaked', said: 'Gemini (403)' },
  {
    class: 'credential',
    scope: 'key',
    phrase: 'security token included in the request',
    said: 'Bedrock (403, invalid or expired)',
  },
  { class: 'credential', scope: 'key', code: 'unrecognizedclientexception', said: 'Bedrock' },
  { class: 'credential', scope: 'key', code: 'expiredtokenexception', said: 'Bedrock' },
  { class: 'credential', scope: 'key', code: 'invalidsignatureexception', said: 'Bedrock' },
  // A caller's guardrail, not the model, is refused.
  {
    class: 'not_here',
    phrase: 'bedrock:applyguardrail',
    status: [403],
    only: ['bedrock'],
    said: 'Bedrock (AccessDeniedException for a guardrailConfig)',
  },
  {
    class: 'credential',
    scope: 'key_model',
    code: 'accessdeniedexception',
    said: 'Bedrock (no access to this model)',
  },
  {
    class: 'credential',
    scope: 'key_model',
    phrase: "don't have access to the model",
    said: 'Bedrock (400, 403)',
  },
  {
    class: 'credential',
    scope: 'key_model',
    phrase: 'must be verified to use the model',
    said: 'OpenAI (organisation not verified)',
  },
  {
    class: 'credential',
    scope: 'key_model',
    phrase: 'must be verified to stream this model',
    said: 'OpenAI (400)',
  },

  // Limits, also where the status says something else.
  {
    class: 'rate_limited',
    code: 'rate_limit_exceeded',
    said: 'OpenAI, Groq (413 about tokens per minute too)',
  },
  { class: 'rate_limited', code: 'rate_limit_error', said: 'Anthropic' },
  { class: 'rate_limited', code: 'throttlingexception', said: 'Bedrock' },
  { class: 'rate_limited', code: 'servicequotaexceededexception', said: 'Bedrock (400)' },
  { class: 'rate_limited', code: 'resource_exhausted', said: 'Gemini, Vertex' },
  {
    class: 'rate_limited',
    phrase: 'tokens per minute',
    status: [400, 403, 413, 503],
    said: 'Groq, Together',
  },
  {
    class: 'rate_limited',
    phrase: 'too many requests',
    status: [400, 403, 503],
    said: 'Bedrock, Hugging Face, proxies',
  },

  // The service, not the request.
  { class: 'transient', code: 'overloaded_error', said: 'Anthropic' },
  { class: 'transient', code: 'modelnotreadyexception', said: 'Bedrock (429 while a model loads)' },
  { class: 'transient', code: 'modelerrorexception', said: 'Bedrock (424)' },
  { class: 'transient', code: 'modelstreamerrorexception', said: 'Bedrock (424, inside a stream)' },
  { class: 'transient', code: 'modeltimeoutexception', said: 'Bedrock' },
  {
    class: 'transient',
    code: 'tool_use_failed',
    only: openAiLike,
    said: 'Groq (400: the model wrote an invalid tool call; another try may not)',
  },

  // The model is not served here.
  { class: 'unserved', code: 'model_not_found', said: 'OpenAI, Groq, Cerebras' },
  { class: 'unserved', code: 'model_decommissioned', said: 'Groq (400)' },
  { class: 'unserved', code: 'model_not_supported', said: 'Hugging Face' },
  { class: 'unserved', code: 'invalid_model', said: 'Mistral (400)' },
  { class: 'unserved', phrase: 'invalid model:', said: 'Mistral (400)' },
  { class: 'unserved', phrase: 'model identifier is invalid', said: 'Bedrock (400)' },
  {
    class: 'unserved',
    phrase: 'on-demand throughput isn',
    said: 'Bedrock (400: wants an inference profile)',
  },
  { class: 'unserved', phrase: 'reached the end of its life', said: 'Bedrock (404)' },
  { class: 'unserved', phrase: 'is not a valid model id', said: 'OpenRouter (400)' },
  { class: 'unserved', phrase: 'no endpoints found', status: [404], said: 'OpenRouter' },
  { class: 'unserved', phrase: 'model not exist', said: 'DeepSeek (400)' },
  { class: 'unserved', phrase: 'unable to access model', said: 'Together' },
  { class: 'unserved', phrase: 'is not found for api version', said: 'Gemini' },
  { class: 'unserved', phrase: 'model:', code: 'not_found_error', said: 'Anthropic' },
  {
    class: 'unserved',
    phrase: 'model',
    status: [404],
    said: 'OpenAI, Ollama, vLLM, Vertex, Bedrock ("The model … does not exist")',
  },

  // Something in the request that this target does not take and another may.
  { class: 'not_here', code: 'unsupported_parameter', said: 'OpenAI' },
  { class: 'not_here', code: 'unsupported_value', said: 'OpenAI' },
  { class: 'not_here', code: 'unknown_parameter', said: 'OpenAI' },
  { class: 'not_here', code: 'unimplemented', said: 'Gemini, Vertex' },
  {
    class: 'not_here',
    code: 'failed_precondition',
    only: google,
    said: 'Gemini ("User location is not supported", free tier in this country)',
  },
  // A caller's reference to somebody else's file is refused in the words of a refused key.
  {
    class: 'not_here',
    phrase: 'permission to access the file',
    status: [403],
    only: google,
    said: "Gemini (a file of another key's project)",
  },
  {
    class: 'not_here',
    phrase: 'storage.objects.get',
    status: [400, 403],
    only: google,
    said: 'Vertex (a bucket it may not read)',
  },
  {
    class: 'not_here',
    phrase: 'cachedcontent not found',
    status: [403, 404],
    only: google,
    said: 'Gemini, Vertex ("(or permission denied)": a cache of another key\'s project)',
  },
  { class: 'not_here', code: 'extra_forbidden', said: 'Mistral (422)' },
  {
    class: 'not_here',
    phrase: 'extra inputs are not permitted',
    status: [400, 422],
    said: 'Anthropic, Mistral',
  },
  { class: 'not_here', phrase: 'unrecognized request argument', status: [400], said: 'OpenAI' },
  { class: 'not_here', phrase: 'unsupported parameter', status: [400, 422], said: 'OpenAI, xAI' },
  { class: 'not_here', phrase: 'unknown name', status: [400], only: google, said: 'Gemini, Vertex' },
  {
    class: 'not_here',
    phrase: 'signature',
    status: [400],
    said: 'Anthropic, Bedrock, Gemini (a thinking block of another model)',
  },
  {
    class: 'not_here',
    phrase: 'is unsupported',
    status: [400, 422],
    said: 'Groq ("property … is unsupported")',
  },
  { class: 'not_here', phrase: 'not supported', status: [400, 404, 413, 422], said: 'all' },
  {
    class: 'not_here',
    phrase: 'not support',
    status: [400, 404, 413, 422],
    said: 'all ("does not support")',
  },
  { class: 'not_here', phrase: "doesn't support", status: [400, 422], said: 'Bedrock' },
  { class: 'not_here', phrase: 'unsupported media', status: [400, 415, 422], said: 'several' },
  { class: 'not_here', phrase: 'unable to download', status: [400], said: 'Anthropic (image URL)' },
  { class: 'not_here', phrase: 'error while downloading', status: [400], said: 'OpenAI (image URL)' },
];
