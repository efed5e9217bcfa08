import { describe, expect, it } from 'vitest';
import { unsupported } from '../../../../lib/dialects/gemini/unsupported.ts';
import type { ChatRequest } from '../../../../lib/domain/chat.ts';
import { testTarget } from '../../../support/target.ts';

const names = (request: Partial<ChatRequest>, model = 'gemini-2.5-flash'): readonly string[] =>
  unsupported(
    { messages: [], tools: [], stream: false, others: {}, ...request },
    testTarget('gemini', model),
  ).map(({ parameter, droppable }) => `${parameter}${droppable ? ' (droppable)' : ''}`);

const gif = { type: 'image', source: { kind: 'base64', mediaType: 'image/gif', data: '' } } as const;

describe('what Gemini cannot carry', () => {
  it('is nothing of an ordinary request', () => {
    expect(
      names({
        stop: ['1', '2', '3', '4', '5'],
        seed: 1,
        temperature: 1,
        userId: 'u',
        frequencyPenalty: 0,
        reasoning: { effort: 'low' },
        parallelToolCalls: false,
        serviceTier: 'auto',
        others: { cachedContent: 'cachedContents/1' },
      }),
    ).toEqual([]);
  });

  it.each([
    [{ others: { logprobs: true, n: 2, made_up: 1 } }, ['logprobs', 'n', 'made_up']],
    [{ others: { toString: 1, labels: {} } }, ['toString', 'labels']],
    [{ others: { logit_bias: {} } }, ['logit_bias (droppable)']],
    [{ tools: [{ name: 'x' }], parallelToolCalls: false }, ['parallel_tool_calls (droppable)']],
    [{ stop: ['1', '2', '3', '4', '5', '6'] }, ['stop']],
    [{ seed: 2 ** 31 }, ['seed (droppable)']],
    [
      { frequencyPenalty: 1, presencePenalty: 1 },
      ['frequency_penalty (droppable)', 'presence_penalty (droppable)'],
    ],
    [{ tools: [{ name: 'x' }], responseFormat: { type: 'json_object' } }, ['response_format']],
    [{ serviceTier: 'scale' }, ['service_tier (droppable)']],
  ] as const)('names %j', (request, found) => {
    expect(names(request)).toEqual(found);
  });

  it('names media by message and place, inside tool results too', () => {
    expect(
      names({
        messages: [
          { role: 'user', blocks: [{ type: 'text', text: 'Look' }, { type: 'cache_marker' }, gif] },
          { role: 'tool', blocks: [{ type: 'tool_result', callId: 'c', content: [gif] }] },
        ],
      }),
    ).toEqual(['messages[0].content[1].image_url', 'messages[1].content[0].image_url']);
  });

  it('names media in instructions', () => {
    const source = { kind: 'base64', mediaType: 'image/png', data: '' } as const;
    expect(names({ messages: [{ role: 'system', blocks: [{ type: 'image', source }] }] })).toEqual([
      'messages[0].content[0].image_url',
    ]);
  });

  it('depends on the model', () => {
    const tools = [{ name: 'x' }];
    expect(names({ tools, responseFormat: { type: 'json_object' } }, 'gemini-3-flash-preview')).toEqual([]);
    expect(names({ frequencyPenalty: 1 }, 'gemini-2.0-flash')).toEqual([]);
    expect(names({ reasoning: { effort: 'low' } }, 'gemini-2.0-flash')).toEqual([
      'reasoning_effort (droppable)',
    ]);
    expect(names({ reasoning: { effort: 'none' } }, 'gemini-2.0-flash')).toEqual([]);
  });
});
