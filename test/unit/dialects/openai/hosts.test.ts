import { describe, expect, it } from 'vitest';
import { hostProfile } from '../../../../lib/dialects/openai/hosts.ts';

describe('the profile of a host', () => {
  it.each([
    ['api.openai.com', 'openai', ['chat', 'responses', 'embeddings']],
    ['api.groq.com', 'groq', ['chat', 'responses']],
    ['API.Mistral.ai.', 'mistral', ['chat', 'embeddings']],
    ['openrouter.ai', 'openrouter', ['chat', 'responses', 'embeddings']],
    ['acme.snowflakecomputing.com', undefined, ['chat']],
    ['bedrock-mantle.eu-central-1.api.aws', 'aws', ['chat', 'responses']],
    ['vllm.internal', undefined, ['chat', 'embeddings']],
    ['constructor', undefined, ['chat', 'embeddings']],
  ])('%s', (hostname, catalogId, operations) => {
    const profile = hostProfile(hostname);
    expect(profile.catalogId).toBe(catalogId);
    expect([...profile.operations]).toEqual(operations);
  });

  it('tells what a host refuses', () => {
    expect(hostProfile('api.groq.com').quirks.refusedParameters).toContain('logprobs');
    expect(hostProfile('api.mistral.ai').quirks).toMatchObject({
      maxTokensField: 'max_tokens',
      streamOptions: false,
      toolCallIds: { alphabet: 'alphanumeric', maxLength: 9, exactLength: true },
    });
    expect(hostProfile('x.snowflakecomputing.com').quirks.omitsFinishReason).toBe(true);
    expect(hostProfile('127.0.0.1').quirks).toEqual({
      developerRole: 'system',
      maxTokensField: 'max_tokens',
    });
  });
});
