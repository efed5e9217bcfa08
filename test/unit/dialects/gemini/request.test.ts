import { describe, expect, it } from 'vitest';
import { writeRequest } from '../../../../lib/dialects/gemini/request.ts';
import type { ChatRequest } from '../../../../lib/domain/chat.ts';
import type { Target } from '../../../../lib/domain/decision.ts';
import { testTarget } from '../../../support/target.ts';

const base: ChatRequest = {
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
  stream: false,
  others: {},
};
const flash = testTarget('gemini', 'gemini-2.5-flash');
const vertex = (provider: Partial<Target['provider']>): Target =>
  testTarget('vertex', 'gemini-2.5-flash', {}, provider);

const body = (request: Partial<ChatRequest>, target = flash): unknown =>
  JSON.parse(String(writeRequest({ ...base, ...request }, target).body));

describe('request', () => {
  it('is as small as the question', () => {
    expect(writeRequest(base, flash)).toEqual({
      method: 'POST',
      url: 'http://127.0.0.1:9/v1beta/models/gemini-2.5-flash:generateContent',
      headers: { 'content-type': 'application/json' },
      body: '{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}',
    });
  });

  it.each([
    [flash, 'v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    [
      vertex({ project: 'p', region: 'europe-west4' }),
      'v1beta1/projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    ],
    [
      vertex({ project: 'p' }),
      'v1beta1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    ],
    [vertex({}), 'v1beta1/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
  ])('streams from its URL', (target, path) => {
    expect(writeRequest({ ...base, stream: true }, target).url).toBe(`http://127.0.0.1:9/${path}`);
  });

  it('keeps a model name inside its path segment', () => {
    expect(writeRequest(base, testTarget('gemini', '../x?y')).url).toBe(
      'http://127.0.0.1:9/v1beta/models/..%2Fx%3Fy:generateContent',
    );
  });

  it('writes the generation settings', () => {
    const request: Partial<ChatRequest> = {
      maxOutputTokens: 100,
      temperature: 0,
      topP: 0.9,
      topK: 40,
      stop: ['END'],
      seed: 7,
      reasoning: { budgetTokens: 0 },
      responseFormat: { type: 'json_schema', name: 'city', schema: { type: 'object' } },
    };
    expect(body(request)).toMatchObject({
      generationConfig: {
        maxOutputTokens: 100,
        temperature: 0,
        topP: 0.9,
        topK: 40,
        stopSequences: ['END'],
        seed: 7,
        thinkingConfig: { thinkingBudget: 0 },
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
      },
    });
  });

  it('asks for JSON without a schema', () => {
    expect(body({ responseFormat: { type: 'json_object' } })).toMatchObject({
      generationConfig: { responseMimeType: 'application/json' },
    });
  });

  it('sends penalties to models that take them', () => {
    const penalties = { frequencyPenalty: 0.5, presencePenalty: -0.5 };
    expect(body(penalties, testTarget('gemini', 'gemini-2.0-flash'))).toMatchObject({
      generationConfig: penalties,
    });
    expect(body(penalties)).not.toHaveProperty('generationConfig');
  });

  it('leaves out what was dropped as unsupported', () => {
    expect(body({ seed: 2 ** 40, stop: [], others: { logit_bias: { 5: 1 } }, serviceTier: 'scale' })).toEqual(
      {
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      },
    );
  });

  it('passes parameters Gemini knows under the same name', () => {
    const others = { safetySettings: [], responseModalities: ['TEXT'], labels: { team: 'a' } };
    expect(body({ others })).toMatchObject({
      safetySettings: [],
      generationConfig: { responseModalities: ['TEXT'] },
    });
    expect(body({ others })).not.toHaveProperty('labels');
    expect(body({ others }, vertex({}))).toHaveProperty('labels');
  });

  it('asks for a service tier in the body, at Vertex AI in a header', () => {
    expect(body({ serviceTier: 'flex' })).toHaveProperty('serviceTier', 'flex');
    expect(body({ serviceTier: 'default' })).not.toHaveProperty('serviceTier');
    const request = writeRequest({ ...base, serviceTier: 'flex' }, vertex({}));
    expect(request.headers['x-vertex-ai-llm-shared-request-type']).toBe('flex');
    expect(request.body).not.toContain('flex');
  });
});
