import { describe, expect, it } from 'vitest';
import { catalogData, loadCatalog } from '../../../lib/accounting/catalog.ts';
import { familyOf, spellingOf } from '../../../lib/accounting/family.ts';

describe('familyOf', () => {
  it.each([
    [
      'claude-sonnet-4-5',
      'claude-sonnet-4-5-20250929',
      'anthropic.claude-sonnet-4-5-20250929-v1:0',
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5@20250929',
      'anthropic/claude-sonnet-4.5',
      'claude-4-5-sonnet',
      'Claude-Sonnet-4.5',
    ],
    [
      'claude-sonnet-4',
      'claude-4-sonnet',
      'claude-sonnet-4-0',
      'claude-sonnet-4@20250514',
      'claude-sonnet-4-20250514',
    ],
    [
      'claude-3-5-sonnet',
      'anthropic.claude-3-5-sonnet-20241022-v2:0',
      'claude-3-5-sonnet-v2@20241022',
      'anthropic/claude-3.5-sonnet',
      'claude-3-5-sonnet-latest',
    ],
    ['claude-3-7-sonnet', 'claude-sonnet-3.7', 'anthropic.claude-3-7-sonnet-20250219-v1:0:200k'],
    [
      'gpt-oss-120b',
      'openai/gpt-oss-120b',
      'openai.gpt-oss-120b-1:0',
      'accounts/fireworks/models/gpt-oss-120b',
      '@cf/openai/gpt-oss-120b',
    ],
    ['gpt-4o', 'gpt-4o-2024-08-06', 'openai/gpt-4o', 'gpt-4o-2024-11-20'],
    ['gpt-4-1-mini', 'gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14', 'openai/gpt-4.1-mini'],
    ['gpt-3-5-turbo', 'gpt-35-turbo', 'gpt-3.5-turbo'],
    [
      'gemini-2-0-flash',
      'gemini-2.0-flash-001',
      'google/gemini-2.0-flash-001',
      'publishers/google/models/gemini-2.0-flash',
    ],
    ['gemini-1-5-pro', 'gemini-pro-1.5', 'google/gemini-pro-1.5', 'gemini-1.5-pro-002'],
    [
      'llama-3-3-70b-instruct',
      'meta.llama3-3-70b-instruct-v1:0',
      'llama-3.3-70b-versatile',
      'llama-3.3-70b',
      'meta-llama/Llama-3.3-70B-Instruct',
      'Meta-Llama-3_3-70B-Instruct',
    ],
    [
      'llama-4-maverick',
      'meta.llama4-maverick-17b-instruct-v1:0',
      'meta-llama/llama-4-maverick-17b-128e-instruct',
      'meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8',
      'llama4-maverick-instruct-basic',
    ],
    ['qwen-3-32b', 'qwen.qwen3-32b-v1:0', 'qwen-3-32b', 'Qwen/Qwen3-32B'],
    ['deepseek-r1', 'deepseek.r1-v1:0', 'deepseek-ai/DeepSeek-R1'],
    ['deepseek-v3-2', 'accounts/fireworks/models/deepseek-v3p2', 'deepseek-ai/DeepSeek-V3.2'],
    ['glm-4-7', 'zai-glm-4.7', 'zai-org/GLM-4.7-FP8', 'accounts/fireworks/models/glm-4p7'],
    ['nova-lite', 'amazon.nova-lite-v1:0', 'amazon/nova-lite-v1'],
    ['mistral-7b-instruct-v0-2', 'mistral.mistral-7b-instruct-v0:2', 'mistralai/Mistral-7B-Instruct-v0.2'],
    ['mistral-large-2512', 'mistral.mistral-large-3-675b-instruct', 'mistralai/mistral-large-2512'],
    ['kimi-k2-0905', 'moonshotai/Kimi-K2-Instruct-0905', 'kimi-k2-0905-preview'],
    ['nemotron-nano-9b-v2', 'nvidia.nemotron-nano-9b-v2:0', 'nvidia/nemotron-nano-9b-v2'],
  ])('gives %s one name at every provider', (family, ...names) => {
    expect(names.map(familyOf)).toEqual(names.map(() => family));
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-4o', 'gpt-4o-audio-preview'],
    ['gpt-4', 'gpt-4-turbo'],
    ['gpt-4', 'gpt-4.1'],
    ['gpt-5', 'gpt-5-codex'],
    ['gpt-5', 'gpt-5-chat-latest'],
    ['gpt-4', 'gpt-4-1106-preview'],
    ['o3', 'o3-mini'],
    ['claude-opus-5', 'claude-opus-5-5'],
    ['claude-opus-4', 'claude-opus-4-1'],
    ['claude-opus-4.8', 'claude-opus-4.8-fast'],
    ['anthropic.claude-v2', 'anthropic.claude-v2:1'],
    ['mistral.mistral-7b-instruct-v0:2', 'mistralai/mistral-7b-instruct-v0.3'],
    ['mistral-large-2411', 'mistral-large-2512'],
    ['mistral-medium-latest', 'mistral-medium'],
    ['amazon.titan-embed-text-v1', 'amazon.titan-embed-text-v2:0'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-preview-09-2025'],
    ['gemini-2.5-flash-preview-05-20', 'gemini-2.5-flash-preview-09-2025'],
    ['gemini-pro', 'gemini-pro-latest'],
    ['deepseek-r1', 'deepseek-r1-0528'],
    ['deepseek/deepseek-r1', 'deepseek/deepseek-r1:free'],
    ['glm-5', 'glm-5-turbo'],
    ['qwen3-235b-a22b', 'qwen3-235b-a22b-2507'],
    ['llama-3.1-8b-instruct', 'llama-3.1-8b-instruct-awq'],
    ['command-r', 'command-r-08-2024'],
    ['qwen/qwen-plus', 'qwen/qwen-plus-2025-07-28'],
    ['moonshotai/kimi-k2', 'moonshotai/kimi-k2-thinking'],
  ])('keeps %s and %s apart', (a, b) => {
    expect(familyOf(a)).not.toBe(familyOf(b));
  });

  it('gives every family of the catalog its own name again', async () => {
    const data = await catalogData();
    const catalog = loadCatalog(data);
    const families = Object.keys(data.providers).flatMap((id) => catalog.list(id).map((each) => each.family));
    expect(families.length).toBeGreaterThan(1600);
    expect(families.filter((family) => familyOf(family) !== family)).toEqual([]);
  });

  it('is total', () => {
    expect(
      ['', ' ', '/', ':', '@', '.', '-', 'aws/', 'x'.repeat(10_000)].map((name) => typeof familyOf(name)),
    ).toEqual(Array.from({ length: 9 }, () => 'string'));
  });
});

describe('spellingOf', () => {
  it('rewrites the spelling and takes nothing away', () => {
    expect(spellingOf('Claude-Opus-4.5')).toBe('claude-opus-4-5');
    expect(spellingOf('meta-llama/Llama-3.3-70B-Instruct')).toBe('llama-3-3-70b-instruct');
    expect(spellingOf('gpt-4o-2024-08-06')).toBe('gpt-4o-2024-08-06');
    expect(spellingOf('deepseek-r1:free')).toBe('deepseek-r1:free');
  });
});
