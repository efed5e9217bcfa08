import { describe, expect, it } from 'vitest';
import { bedrockTranslator } from '../../../../lib/dialects/bedrock/index.ts';
import { ask, bodyFor, models, problems, target } from './ask.ts';

describe('writeRequest', () => {
  it('addresses model and operation', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f';
    const whole = bedrockTranslator.writeRequest(ask(), target(arn));
    expect(whole.url).toBe(
      'https://bedrock-runtime.eu-central-1.amazonaws.com/model/' +
        'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fmi1dadi0g15f/converse',
    );
    expect(whole.headers).toEqual({ 'content-type': 'application/json', accept: 'application/json' });
    const streamed = bedrockTranslator.writeRequest(ask({ stream: true }), target(models.novaLite));
    expect(streamed.url).toMatch(/\/model\/us\.amazon\.nova-lite-v1%3A0\/converse-stream$/);
    expect(streamed.headers['accept']).toBe('application/vnd.amazon.eventstream');
  });

  it.each(['.', '..'])('takes no model "%s", which would be a step in the path', (model) => {
    expect(bedrockTranslator.unsupported(ask(), target(model))).toContainEqual(
      expect.objectContaining({ parameter: 'model', droppable: false }),
    );
  });

  it('says nothing the caller did not say', () => {
    expect(bodyFor({})).toEqual({ messages: [{ role: 'user', content: [{ text: 'hi' }] }] });
  });

  it('writes sampling', () => {
    const request = { maxOutputTokens: 50, temperature: 0.5, topP: 0.9, topK: 20, stop: ['END'] };
    const body = bodyFor(request, models.novaLite);
    expect(body['inferenceConfig']).toEqual({
      maxTokens: 50,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['END'],
    });
    expect(body['additionalModelRequestFields']).toEqual({ inferenceConfig: { topK: 20 } });
    expect(bodyFor({ topK: 20 })['additionalModelRequestFields']).toEqual({ top_k: 20 });
  });

  it('writes a schema as text', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false };
    const body = bodyFor({
      responseFormat: { type: 'json_schema', name: 'City', schema, description: 'Where' },
    });
    expect(body['outputConfig']).toEqual({
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { name: 'City', schema: JSON.stringify(schema), description: 'Where' } },
      },
    });
  });

  it('passes Converse’s own parameters on, under what the request itself asks for', () => {
    const body = bodyFor(
      {
        topK: 7,
        serviceTier: 'flex',
        others: {
          performanceConfig: { latency: 'optimized' },
          additionalModelRequestFields: { anthropic_beta: ['x'], inferenceConfig: { topK: 1, seedlike: 2 } },
        },
      },
      models.novaLite,
    );
    expect(body['performanceConfig']).toEqual({ latency: 'optimized' });
    expect(body['serviceTier']).toEqual({ type: 'flex' });
    expect(body['additionalModelRequestFields']).toEqual({
      anthropic_beta: ['x'],
      inferenceConfig: { topK: 7, seedlike: 2 },
    });
  });

  it('has no rate limits to tell', () => {
    expect(bedrockTranslator.readRateLimits({ 'x-amzn-requestid': '1' }, 0)).toBeUndefined();
  });
});

describe('unsupported', () => {
  it('names what Converse has not got', () => {
    expect(
      problems({
        seed: 1,
        frequencyPenalty: 0.5,
        presencePenalty: 0,
        temperature: 1.5,
        serviceTier: 'scale',
        others: { n: 2, logprobs: true, logit_bias: {}, guardrailConfig: 'no object' },
      }),
    ).toEqual([
      ['n', false],
      ['logprobs', false],
      ['logit_bias', true],
      ['guardrailConfig', false],
      ['seed', true],
      ['frequency_penalty', true],
      ['temperature', true],
      ['service_tier', true],
    ]);
  });

  it('gives reasons for people', () => {
    expect(bedrockTranslator.unsupported(ask({ others: { n: 2 } }), target(models.llama))).toEqual([
      { parameter: 'n', reason: 'Bedrock answers once', droppable: false },
    ]);
  });

  it('lets hints and defaults pass', () => {
    expect(problems({ userId: 'u', serviceTier: 'auto', frequencyPenalty: 0, temperature: 1 })).toEqual([]);
  });

  it('knows where structured output is native', () => {
    const json_schema = { type: 'json_schema', name: 'X', schema: { type: 'object' } } as const;
    expect(problems({ responseFormat: json_schema })).toEqual([]);
    expect(problems({ responseFormat: json_schema }, models.novaLite)).toEqual([['response_format', false]]);
    expect(problems({ responseFormat: json_schema }, models.opus47)).toEqual([['response_format', false]]);
    expect(problems({ responseFormat: { type: 'json_object' } })).toEqual([['response_format', false]]);
    expect(problems({ responseFormat: { type: 'text' } }, models.novaLite)).toEqual([]);
  });

  it('knows models that take one of temperature and top_p, or neither', () => {
    const both = { temperature: 0.2, topP: 0.9 };
    expect(problems(both)).toEqual([['top_p', true]]);
    expect(bodyFor(both)['inferenceConfig']).toEqual({ temperature: 0.2 });
    expect(problems({ temperature: 1, topP: 0.9 })).toEqual([]);
    expect(bodyFor({ temperature: 1, topP: 0.9 })['inferenceConfig']).toEqual({ topP: 0.9 });
    expect(bodyFor({ temperature: 0.2, topP: 1 })['inferenceConfig']).toEqual({ temperature: 0.2 });
    expect(problems(both, models.opus47)).toEqual([
      ['temperature', true],
      ['top_p', true],
    ]);
    expect(problems(both, models.sonnet37)).toEqual([]);
  });

  it('wants a conversation and text prompts', () => {
    expect(problems({ messages: [{ role: 'system', blocks: [{ type: 'text', text: 's' }] }] })).toEqual([
      ['messages', false],
    ]);
    const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: '' } } as const;
    expect(problems({ messages: [{ role: 'system', blocks: [image] }, ...ask().messages] })).toEqual([
      ['messages[0].content[0]', false],
    ]);
    const system = {
      messages: [
        { role: 'system' as const, blocks: [{ type: 'text' as const, text: 's' }] },
        ...ask().messages,
      ],
    };
    expect(problems(system, 'mistral.mistral-7b-instruct-v0:2')).toEqual([['messages[0]', false]]);
  });
});
