import { describe, expect, it } from 'vitest';
import { bodyOf, refusedBy } from './ask.ts';

describe('carrySampling', () => {
  it('writes what the model takes', () => {
    expect(bodyOf({ temperature: 0.3, topK: 40, stop: ['END'] })).toMatchObject({
      temperature: 0.3,
      top_k: 40,
      stop_sequences: ['END'],
    });
    expect(bodyOf({ temperature: 0.3, topP: 0.9 }, 'claude-sonnet-4-0')).toMatchObject({
      temperature: 0.3,
      top_p: 0.9,
    });
  });

  it('reports temperatures beyond 1', () => {
    expect(refusedBy('claude-sonnet-4-5', { temperature: 1.2 })).toEqual(['temperature']);
    expect(bodyOf({ temperature: 1.2 })).not.toHaveProperty('temperature');
  });

  it('sends one of temperature and top_p where the model takes no two, unless both mean something', () => {
    expect(refusedBy('claude-sonnet-4-5', { temperature: 0.3, topP: 0.9 })).toEqual(['top_p']);
    expect(bodyOf({ temperature: 0.3, topP: 1 })).toMatchObject({ temperature: 0.3 });
    const defaultTemperature = bodyOf({ temperature: 1, topP: 0.9 });
    expect(defaultTemperature).toMatchObject({ top_p: 0.9 });
    expect(defaultTemperature).not.toHaveProperty('temperature');
  });

  it('reports all but defaults to models without sampling', () => {
    const model = 'claude-opus-4-7';
    expect(refusedBy(model, { temperature: 0, topP: 0.5, topK: 1 })).toEqual([
      'temperature',
      'top_p',
      'top_k',
    ]);
    expect(refusedBy(model, { temperature: 1, topP: 1 })).toEqual([]);
    expect(bodyOf({ temperature: 1, topP: 1 }, model)).not.toHaveProperty('temperature');
  });

  it('reports what thinking forbids', () => {
    const reasoning = { effort: 'low' } as const;
    expect(refusedBy('claude-sonnet-4-5', { reasoning, temperature: 0.2 })).toEqual(['temperature']);
    expect(refusedBy('claude-sonnet-4-6', { reasoning, topK: 5, topP: 0.5 })).toEqual(['top_p', 'top_k']);
    expect(bodyOf({ reasoning, topP: 0.97, temperature: 1 })).toMatchObject({ top_p: 0.97 });
  });

  it('reports seeds, penalties and blank stop sequences', () => {
    expect(refusedBy('claude-sonnet-4-5', { seed: 1, frequencyPenalty: 0.1, presencePenalty: 0.1 })).toEqual([
      'seed',
      'frequency_penalty',
      'presence_penalty',
    ]);
    expect(refusedBy('claude-sonnet-4-5', { frequencyPenalty: 0, presencePenalty: 0 })).toEqual([]);
    expect(refusedBy('claude-sonnet-4-5', { stop: ['\n', 'END'] })).toEqual(['stop']);
    expect(bodyOf({ stop: ['\n', 'END'] })['stop_sequences']).toEqual(['END']);
  });
});
