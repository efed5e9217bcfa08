import { describe, expect, it } from 'vitest';
import { familyOf } from '../../../../lib/dialects/bedrock/families.ts';
import { models, target } from './ask.ts';

describe('familyOf', () => {
  it('knows a model by the last part of its ARN', () => {
    const arn = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${models.nova2}`;
    expect(familyOf(target(arn))).toMatchObject({ vendor: 'Nova', reasoning: { kind: 'nova' } });
  });

  it('knows an application inference profile by its family', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f';
    expect(familyOf(target(arn)).vendor).toBe('this model');
    const facts = { model: arn, family: 'claude-sonnet-4-5' };
    expect(familyOf(target(arn, { facts }))).toMatchObject({
      vendor: 'Claude',
      sampling: 'one',
      oneHourCache: true,
    });
  });

  it.each([
    ['anthropic.claude-v2', { tools: false, images: false, cachePoints: 'none' }],
    ['anthropic.claude-3-haiku-20240307-v1:0', { cachePoints: 'none', structuredOutput: false }],
    ['anthropic.claude-3-5-haiku-20241022-v1:0', { cachePoints: 'everywhere', oneHourCache: false }],
    [
      'us.anthropic.claude-opus-4-1-20250805-v1:0',
      { sampling: 'one', structuredOutput: false, oneHourCache: false },
    ],
    ['global.anthropic.claude-haiku-4-5-20251001-v1:0', { structuredOutput: true, oneHourCache: true }],
    ['us.anthropic.claude-opus-4-7', { sampling: 'none', structuredOutput: false }],
    ['meta.llama3-8b-instruct-v1:0', { tools: false }],
    ['us.meta.llama3-1-8b-instruct-v1:0', { tools: true, toolChoice: 'auto' }],
    ['amazon.nova-micro-v1:0', { images: false, cachePoints: 'not_in_tools' }],
    ['qwen.qwen3-coder-480b-a35b-v1:0', { vendor: 'Qwen' }],
    ['minimax.minimax-m2', { vendor: 'this model', structuredOutput: true }],
  ])('knows %s', (model, traits) => {
    expect(familyOf(target(model))).toMatchObject(traits);
  });

  it('asks only Qwen models that reason', () => {
    expect(familyOf(target(models.qwen)).reasoning).toEqual({ kind: 'reasoning_config' });
    expect(familyOf(target('qwen.qwen3-coder-480b-a35b-v1:0')).reasoning).toBeUndefined();
  });
});
