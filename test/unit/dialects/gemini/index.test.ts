import { describe, expect, it } from 'vitest';
import { geminiTranslator } from '../../../../lib/dialects/gemini/index.ts';
import { testTarget } from '../../../support/target.ts';

const target = testTarget('gemini', 'gemini-2.5-flash');
const request = { method: 'POST', url: 'https://x.example/v1beta', headers: { a: 'b' }, body: '{}' } as const;

describe('authorize', () => {
  it('puts the key into its header and nowhere else', () => {
    expect(geminiTranslator.authorize(request, { kind: 'api_key', value: 'k1' }, target, 0)).toEqual({
      ...request,
      headers: { a: 'b', 'x-goog-api-key': 'k1' },
    });
  });

  it('leaves a request without a key as it is', () => {
    expect(geminiTranslator.authorize(request, { kind: 'none' }, target, 0)).toEqual(request);
  });
});

describe('rate limits', () => {
  it('are told by neither API', () => {
    expect(geminiTranslator.readRateLimits({ 'retry-after': '1' }, 0)).toBeUndefined();
  });
});
