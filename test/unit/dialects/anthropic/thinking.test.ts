import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { planThinking } from '../../../../lib/dialects/anthropic/thinking.ts';
import { traitsOf } from '../../../../lib/dialects/anthropic/models.ts';
import type {
  Block,
  ChatRequest,
  Message,
  ReasoningEffort,
  ReasoningRequest,
} from '../../../../lib/domain/chat.ts';
import { asNumber } from '../../../../lib/domain/json.ts';
import { ask, assistant, bodyOf, refusedBy, user } from './ask.ts';

const plan = (
  model: string,
  reasoning: ReasoningRequest,
  maxTokens = 64_000,
  changes: Partial<ChatRequest> = {},
) => {
  const { thinking, effort } = planThinking(ask({ reasoning, ...changes }), traitsOf(model), maxTokens);
  return { thinking, effort };
};
const weather = { name: 'get_weather' };

describe('planThinking', () => {
  it('turns efforts into budgets where models know budgets only', () => {
    expect(plan('claude-sonnet-4-5', { effort: 'high' })).toEqual({
      thinking: { type: 'enabled', budget_tokens: 16384 },
      effort: undefined,
    });
    expect(plan('claude-opus-4-5', { effort: 'xhigh' })).toEqual({
      thinking: { type: 'enabled', budget_tokens: 32768 },
      effort: 'high',
    });
  });

  it('turns budgets into efforts where models know efforts only', () => {
    expect(plan('claude-opus-5', { budgetTokens: 9000 })).toEqual({
      thinking: { type: 'adaptive', display: 'summarized' },
      effort: 'high',
    });
    expect(plan('claude-sonnet-4-6', { budgetTokens: 9000 }).thinking).toEqual({
      type: 'enabled',
      budget_tokens: 9000,
    });
  });

  it('uses the nearest effort the model has', () => {
    const efforts = (model: string) =>
      (['minimal', 'medium', 'xhigh', 'max'] as const).map((effort) => plan(model, { effort }).effort);
    expect(efforts('claude-sonnet-4-6')).toEqual(['low', 'medium', 'max', 'max']);
    expect(efforts('claude-fable-5')).toEqual(['low', 'medium', 'xhigh', 'max']);
  });

  it('switches thinking off as each model wants it', () => {
    for (const off of [{ effort: 'none' }, { budgetTokens: 0 }] as const) {
      expect(plan('claude-sonnet-4-6', off)).toEqual({});
      expect(plan('claude-sonnet-5', off)).toEqual({ thinking: { type: 'disabled' } });
      expect(plan('claude-sonnet-5-5', off)).toEqual({ thinking: { type: 'between_tools' } });
      expect(plan('claude-fable-5', off)).toEqual({ effort: 'low' });
    }
  });

  it('says nothing when nothing was asked', () => {
    expect(planThinking(ask(), traitsOf('claude-opus-5'), 1000)).toEqual({ active: false, unsupported: [] });
  });

  it('keeps every budget between the least and max_tokens', () => {
    const efforts: ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(...efforts).map((effort) => ({ effort })),
          fc.integer({ min: 1, max: 200_000 }).map((budgetTokens) => ({ budgetTokens })),
        ),
        fc.integer({ min: 1, max: 128_000 }),
        (reasoning, maxTokens) => {
          const budget = asNumber(
            plan('claude-sonnet-4-5', reasoning, maxTokens).thinking?.['budget_tokens'],
          );
          expect(budget === undefined || (budget >= 1024 && budget < maxTokens)).toBe(true);
        },
      ),
    );
  });

  it('lets an effort give way to a forced tool or a small max_tokens, and reports a budget that must', () => {
    const forced = { tools: [weather], toolChoice: { type: 'required' } } as const;
    expect(plan('claude-sonnet-4-5', { effort: 'high' }, 64_000, forced).thinking).toBeUndefined();
    expect(refusedBy('claude-sonnet-4-5', { ...forced, reasoning: { effort: 'high' } })).toEqual([]);
    expect(refusedBy('claude-sonnet-4-5', { ...forced, reasoning: { budgetTokens: 4096 } })).toEqual([
      'reasoning',
    ]);
    expect(plan('claude-opus-4-6', { effort: 'high' }, 64_000, forced).thinking).toEqual({
      type: 'adaptive',
    });

    expect(plan('claude-sonnet-4-5', { effort: 'high' }, 1000).thinking).toBeUndefined();
    expect(
      refusedBy('claude-sonnet-4-5', { maxOutputTokens: 1000, reasoning: { budgetTokens: 4096 } }),
    ).toEqual(['reasoning']);
  });

  it('reports efforts to models that do not think', () => {
    expect(refusedBy('claude-3-5-haiku-20241022', { reasoning: { effort: 'low' } })).toEqual([
      'reasoning_effort',
    ]);
    expect(refusedBy('claude-3-5-haiku-20241022', { reasoning: { effort: 'none' } })).toEqual([]);
  });

  it('does not begin to think in the middle of a tool loop that began without', () => {
    const call = (id: string, ...before: Block[]): Message[] => [
      {
        role: 'assistant',
        blocks: [...before, { type: 'tool_call', id, name: 'get_weather', argumentsJson: '{}' }],
      },
      { role: 'tool', blocks: [{ type: 'tool_result', callId: id, content: [] }] },
    ];
    const origin = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    const thought = { type: 'reasoning', text: 'Look.', signature: 'c2ln', origin } as const;
    const thinking = (...loop: Message[]) =>
      bodyOf({ reasoning: { effort: 'low' }, messages: [user('Weather?'), ...loop] })['thinking'];
    const enabled = { type: 'enabled', budget_tokens: 2048 };

    expect(thinking(...call('a', thought))).toEqual(enabled);
    expect(thinking(...call('a', thought), ...call('b'))).toEqual(enabled);
    expect(thinking(...call('a'))).toBeUndefined();
    expect(
      thinking(...call('a', { ...thought, origin: { provider: 'gemini', model: 'g' } })),
    ).toBeUndefined();
    expect(thinking(...call('a'), user('And now?'))).toBeUndefined();
    expect(thinking(...call('a'), assistant('Sun.'), user('And now?'))).toEqual(enabled);
  });

  it('hides its thoughts on request, where the model can', () => {
    const display = (model: string, reasoning: ReasoningRequest) =>
      plan(model, reasoning, 64_000, { others: { 'reasoning.exclude': true } }).thinking?.['display'];
    expect(display('claude-opus-5', { effort: 'low' })).toBeUndefined();
    expect(display('claude-sonnet-4-6', { effort: 'low' })).toBe('omitted');
    expect(display('claude-sonnet-4-6', { budgetTokens: 2000 })).toBe('omitted');
    const others = { 'reasoning.exclude': true };
    expect(refusedBy('claude-opus-5', { others, reasoning: { effort: 'low' } })).toEqual([]);
    expect(refusedBy('claude-sonnet-4-5', { others })).toEqual([]);
    expect(refusedBy('claude-sonnet-4-5', { others, reasoning: { effort: 'low' } })).toEqual([
      'reasoning.exclude',
    ]);
  });
});
