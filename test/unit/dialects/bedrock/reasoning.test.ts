import { describe, expect, it } from 'vitest';
import type { Block, ChatRequest, Message } from '../../../../lib/domain/chat.ts';
import { bodyFor, models, problems } from './ask.ts';

const fields = (request: Partial<ChatRequest>, model: string) =>
  bodyFor(request, model)['additionalModelRequestFields'];

describe('reasoning', () => {
  it('gives older Claude models a budget below the output limit', () => {
    expect(fields({ reasoning: { effort: 'low' } }, models.sonnet37)).toEqual({
      thinking: { type: 'enabled', budget_tokens: 2048 },
    });
    expect(fields({ reasoning: { budgetTokens: 10_000 }, maxOutputTokens: 4096 }, models.sonnet45)).toEqual({
      thinking: { type: 'enabled', budget_tokens: 4095 },
    });
    expect(fields({ reasoning: { effort: 'high' }, maxOutputTokens: 500 }, models.sonnet45)).toBeUndefined();
    expect(problems({ reasoning: { budgetTokens: 2000 }, maxOutputTokens: 500 })).toEqual([
      ['reasoning', true],
    ]);
  });

  it('gives newer Claude models an effort', () => {
    expect(fields({ reasoning: { effort: 'medium' } }, models.opus46)).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'medium' },
    });
  });

  it.each([
    [
      models.nova2,
      { effort: 'minimal' },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
    ],
    [
      models.nova2,
      { budgetTokens: 20_000 },
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
    ],
    [models.gptOss, { effort: 'xhigh' }, { reasoning_effort: 'high' }],
    [models.gptOss, { budgetTokens: 5000 }, { reasoning_effort: 'medium' }],
    [models.qwen, { effort: 'medium' }, { reasoning_config: 'low' }],
    [models.qwen, { effort: 'max' }, { reasoning_config: 'high' }],
  ] as const)('asks %s for %j', (model, reasoning, wire) => {
    expect(fields({ reasoning }, model)).toEqual(wire);
    expect(problems({ reasoning }, model)).toEqual([]);
  });

  it('switches it off where that can be done', () => {
    for (const model of [models.sonnet45, models.nova2, models.llama]) {
      expect(fields({ reasoning: { effort: 'none' } }, model)).toBeUndefined();
      expect(problems({ reasoning: { budgetTokens: 0 } }, model)).toEqual([]);
    }
    expect(problems({ reasoning: { effort: 'none' } }, models.gptOss)).toEqual([['reasoning_effort', true]]);
    expect(fields({ reasoning: { effort: 'none' } }, models.gptOss)).toEqual({ reasoning_effort: 'low' });
  });

  it('says which models cannot be asked', () => {
    expect(problems({ reasoning: { effort: 'low' } }, models.llama)).toEqual([['reasoning_effort', true]]);
  });

  it('keeps a caller’s output limit with Nova, at the price of effort', () => {
    const body = bodyFor({ reasoning: { effort: 'high' }, maxOutputTokens: 2000 }, models.nova2);
    expect(body['inferenceConfig']).toEqual({ maxTokens: 2000 });
    expect(body['additionalModelRequestFields']).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
    });
  });

  it('drops the sampling that reasoning forbids, and says so', () => {
    const sampling = { temperature: 0.2, topP: 0.5, topK: 5 };
    const claude = { ...sampling, reasoning: { effort: 'low' } } as const;
    expect(problems(claude, models.sonnet37)).toEqual([
      ['temperature', true],
      ['top_p', true],
      ['top_k', true],
    ]);
    expect(bodyFor(claude, models.sonnet37)).not.toHaveProperty('inferenceConfig');
    expect(fields(claude, models.sonnet37)).toEqual({ thinking: { type: 'enabled', budget_tokens: 2048 } });
    const nova = { ...sampling, reasoning: { effort: 'high' } } as const;
    expect(problems(nova, models.nova2)).toHaveLength(3);
    expect(bodyFor(nova, models.nova2)).not.toHaveProperty('inferenceConfig');
    expect(problems({ ...sampling, reasoning: { effort: 'low' } }, models.nova2)).toEqual([]);
  });

  it('leaves thinking out of a tool loop that another model began', () => {
    const loop = (...made: Block[]): Message[] => [
      { role: 'user', blocks: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        blocks: [...made, { type: 'tool_call', id: 't', name: 'f', argumentsJson: '{}' }],
      },
      { role: 'tool', blocks: [{ type: 'tool_result', callId: 't', content: [] }] },
    ];
    const request = { tools: [{ name: 'f' }], reasoning: { effort: 'low' } } as const;
    const origin = { provider: 'bedrock', model: models.sonnet45 };
    const own: Block = { type: 'reasoning', text: 'Hm', signature: 'c2ln', origin };
    expect(fields({ ...request, messages: loop() }, models.sonnet45)).toBeUndefined();
    expect(fields({ ...request, messages: loop(own) }, models.sonnet45)).toEqual({
      thinking: { type: 'enabled', budget_tokens: 2048 },
    });
  });
});
