import { describe, expect, it } from 'vitest';
import { exampleCurl, helpText, hintForKeys } from '../../../../functions/local/text.ts';

describe('helpText', () => {
  it('explains every flag, on lines that fit a terminal', () => {
    for (const flag of ['config', 'port', 'regions', 'replication-lag-ms', 'data', 'verbose', 'help']) {
      expect(helpText).toMatch(new RegExp(`^ {2}--${flag}\\b`, 'm'));
    }
    expect(Math.max(...helpText.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});

describe('exampleCurl', () => {
  it('streams an answer with the key at hand', () => {
    expect(exampleCurl({ baseUrl: 'http://127.0.0.1:8787', key: 'fl-k', model: 'fast' })).toBe(
      [
        'curl -N http://127.0.0.1:8787/v1/chat/completions \\',
        "  -H 'authorization: Bearer fl-k' \\",
        "  -H 'content-type: application/json' \\",
        `  -d '{"model":"fast","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'`,
      ].join('\n'),
    );
  });

  it('has a placeholder where the document only has hashes', () => {
    expect(exampleCurl({ baseUrl: 'http://x', model: 'm' })).toContain('Bearer YOUR_VIRTUAL_KEY');
  });

  it('survives a quote in a model name', () => {
    expect(exampleCurl({ baseUrl: 'http://x', model: "it's" })).toContain(`"it'\\''s"`);
  });
});

describe('hintForKeys', () => {
  it('shows the document for the keys that are set, without their values', () => {
    const hint = hintForKeys((name) => (name === 'GEMINI_API_KEY' ? 'secret-value' : undefined));
    expect(hint).toContain('providers:\n  gemini: { type: gemini, keys: [{ id: a, env: GEMINI_API_KEY }] }');
    expect(hint).not.toContain('secret-value');
  });

  it('is absent where none is set', () => {
    expect(hintForKeys(() => '')).toBeUndefined();
  });
});
