import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../lib/health/failure-class.ts';
import type { ProviderFault } from '../../../lib/domain/chat.ts';
import type { ProviderType } from '../../../lib/domain/policy.ts';
import { providerTypes } from '../../../lib/domain/policy.ts';

const said = (status: number, message: string, code?: string, type?: string): ProviderFault => ({
  status,
  message,
  ...(code === undefined ? {} : { code }),
  ...(type === undefined ? {} : { type }),
});

describe('classify', () => {
  it.each<[string, ProviderType, ProviderFault, string]>([
    [
      'OpenAI, too long',
      'openai',
      said(400, "This model's maximum context length is 8192 tokens.", 'context_length_exceeded'),
      'context_length',
    ],
    [
      'Anthropic, too long',
      'anthropic',
      said(400, 'prompt is too long: 210000 tokens > 200000 maximum', undefined, 'invalid_request_error'),
      'context_length',
    ],
    [
      'Bedrock, too long',
      'bedrock',
      said(400, 'Input is too long for requested model.', undefined, 'ValidationException'),
      'context_length',
    ],
    [
      'Gemini, too long',
      'gemini',
      said(
        400,
        'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
        'INVALID_ARGUMENT',
      ),
      'context_length',
    ],
    [
      'OpenAI, out of credit',
      'openai',
      said(
        429,
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
      ),
      'credential key',
    ],
    [
      'Gemini, the same words about a minute',
      'gemini',
      said(
        429,
        'You exceeded your current quota, please check your plan and billing details.',
        'RESOURCE_EXHAUSTED',
      ),
      'rate_limited',
    ],
    [
      'Anthropic, out of credit as 400',
      'anthropic',
      said(
        400,
        'Your credit balance is too low to access the Anthropic API.',
        undefined,
        'invalid_request_error',
      ),
      'credential key',
    ],
    [
      'Gemini, bad key as 400',
      'gemini',
      said(400, 'API key not valid. Please pass a valid API key.', 'API_KEY_INVALID'),
      'credential key',
    ],
    [
      'Bedrock, no access to a model',
      'bedrock',
      said(
        403,
        "You don't have access to the model with the specified model ID.",
        undefined,
        'AccessDeniedException',
      ),
      'credential key_model',
    ],
    [
      "Bedrock, a caller's guardrail",
      'bedrock',
      said(
        403,
        'User: the gateway is not authorized to perform: bedrock:ApplyGuardrail on resource: g',
        undefined,
        'AccessDeniedException',
      ),
      'not_here',
    ],
    [
      "Gemini, a cache of another key's project",
      'gemini',
      said(403, 'CachedContent not found (or permission denied)', undefined, 'PERMISSION_DENIED'),
      'not_here',
    ],
    ['a plain 401', 'openai', said(401, 'no'), 'credential key'],
    ['a plain 402', 'openai-compatible', said(402, 'pay'), 'credential key_model'],
    ['a plain 403', 'openai', said(403, 'no'), 'credential key_model'],
    [
      'Groq, tokens per minute as 413',
      'openai-compatible',
      said(413, 'Request too large for model on tokens per minute (TPM): Limit 6000', 'rate_limit_exceeded'),
      'rate_limited',
    ],
    [
      'a plain 413',
      'anthropic',
      said(413, 'Request exceeds the maximum size', undefined, 'request_too_large'),
      'not_here',
    ],
    [
      'Bedrock, throttled',
      'bedrock',
      said(429, 'Too many tokens', undefined, 'ThrottlingException'),
      'rate_limited',
    ],
    [
      'Bedrock, model broke inside a stream',
      'bedrock',
      said(424, 'The model returned an error', undefined, 'ModelStreamErrorException'),
      'transient',
    ],
    [
      'Bedrock, model loading',
      'bedrock',
      said(429, 'Model is not ready', undefined, 'ModelNotReadyException'),
      'transient',
    ],
    [
      'Anthropic, overloaded inside a stream',
      'anthropic',
      said(529, 'Overloaded', undefined, 'overloaded_error'),
      'transient',
    ],
    ['no HTTP at all', 'openai', said(0, 'no connection'), 'transient'],
    [
      'an unknown model',
      'openai',
      said(404, 'The model `gpt-9` does not exist or you do not have access to it.', 'model_not_found'),
      'unserved',
    ],
    [
      'Bedrock, wrong model id as 400',
      'bedrock',
      said(400, 'The provided model identifier is invalid.'),
      'unserved',
    ],
    [
      'Bedrock, wants a profile',
      'bedrock',
      said(400, 'Invocation of model ID x with on-demand throughput isn’t supported.'),
      'unserved',
    ],
    ['an unknown path', 'openai-compatible', said(404, 'Not Found'), 'not_here'],
    [
      'OpenAI, parameter',
      'openai',
      said(
        400,
        "Unsupported parameter: 'temperature' is not supported with this model.",
        'unsupported_parameter',
      ),
      'not_here',
    ],
    [
      'Anthropic, foreign signature',
      'anthropic',
      said(
        400,
        'messages.1.content.0: Invalid `signature` in `thinking` block',
        undefined,
        'invalid_request_error',
      ),
      'not_here',
    ],
    [
      'a refusal of the safety system',
      'openai',
      said(400, 'The response was filtered', 'content_filter'),
      'content_policy',
    ],
    [
      'a wrong request',
      'openai',
      said(400, "Invalid type for 'messages[0].content'", 'invalid_type'),
      'invalid_request',
    ],
    ['an unexplained 400', 'openai', said(400, 'Bad Request'), 'invalid_request'],
    ['a 422', 'openai-compatible', said(422, 'temperature must be at most 2'), 'invalid_request'],
    ['a redirect', 'openai', said(302, 'moved'), 'not_here'],
    ['Cloudflare', 'openai', said(524, 'a timeout occurred'), 'transient'],
  ])('%s', (_name, type, fault, expected) => {
    const failure = classify(fault, type);
    expect(failure.scope === undefined ? failure.class : `${failure.class} ${failure.scope}`).toBe(expected);
  });

  it('is total, and every 5xx without telling words is transient', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 599 }), fc.constantFrom(...providerTypes), (status, type) => {
        expect(classify(said(status, 'something broke'), type)).toEqual({ class: 'transient' });
      }),
    );
    fc.assert(
      fc.property(
        fc.integer(),
        fc.string(),
        fc.string(),
        fc.constantFrom(...providerTypes),
        (status, message, code, type) => {
          expect(classify(said(status, message, code), type).class).toBeTypeOf('string');
        },
      ),
    );
  });
});
