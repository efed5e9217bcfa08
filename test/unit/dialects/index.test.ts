// Alone: it asks what is loaded when.

import { describe, expect, it } from 'vitest';
import { loadDialect } from '../../../lib/dialects/index.ts';
import { openAiDialect } from '../../../lib/dialects/openai/dialect.ts';

describe('a dialect', () => {
  it('of OpenAI is there at once', () => {
    expect(loadDialect('openai')).toBe(openAiDialect);
    expect(loadDialect('openai-compatible')).toBe(openAiDialect);
  });

  it('of another type is loaded once, then there at once', async () => {
    const first = loadDialect('gemini');
    expect(first).toBeInstanceOf(Promise);
    expect(loadDialect('vertex')).toBe(first);
    const dialect = await first;
    expect(loadDialect('gemini')).toBe(dialect);
    expect(loadDialect('vertex')).toBe(dialect);
    expect(await loadDialect('anthropic')).not.toBe(dialect);
  });
});
