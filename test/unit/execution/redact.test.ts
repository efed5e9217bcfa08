import { describe, expect, it } from 'vitest';
import { redact } from '../../../lib/execution/redact.ts';

describe('redact', () => {
  it.each([
    ['Incorrect API key provided: sk-abcdef123456.', 'sk-abcdef123456'],
    ['Incorrect API key provided: sk-proj-ab***wxyz', 'wxyz'],
    ['bad token Bearer abc.def.ghi', 'abc.def.ghi'],
    ['key AIzaSyA1234567890abcdef refused', 'AIzaSyA1234567890abcdef'],
    ['AKIAIOSFODNN7EXAMPLE is not authorized', 'AKIAIOSFODNN7EXAMPLE'],
    ['user arn:aws:iam::123456789012:role/gateway may not', '123456789012'],
    ['dial tcp 10.1.2.3:8000 refused', '10.1.2.3'],
    ['see https://vllm.acme.example/internal?token=1', 'acme'],
    ['upstream llm-7.prod.svc:8000 timed out', 'llm-7'],
    ['organization org-abcdefgh12345678 is disabled', 'org-abcdefgh12345678'],
  ])('%s', (text, hidden) => {
    expect(redact(text)).not.toContain(hidden);
  });

  it('leaves an ordinary message as it is', () => {
    const message = "Invalid type for 'messages[0].content': expected a string, but got 3.5 instead.";
    expect(redact(message)).toBe(message);
  });

  it('takes out every value it is given, whatever it looks like', () => {
    const text = 'key 0123456789abcdef0123456789abcdef at gateway.acme.example refused';
    expect(redact(text, ['0123456789abcdef0123456789abcdef', 'gateway.acme.example'])).toBe(
      'key [secret] at [secret] refused',
    );
  });

  it('takes a value out also where the text is cut through it', () => {
    const secret = '0123456789abcdef0123456789abcdef';
    const shown = redact(`${'x'.repeat(590)}${secret}`, [secret]);
    expect(shown).not.toContain('0123');
    expect(shown.length).toBeLessThan(620);
  });

  it('ignores values too short to be secrets', () => {
    expect(redact('a bad request', ['a', ''])).toBe('a bad request');
  });

  it.each([
    ['dots', 'a.'.repeat(3_000_000)],
    ['hyphens', 'a-'.repeat(3_000_000)],
    ['schemes', 'http://'.repeat(800_000)],
    ['prefixes', 'sk-'.repeat(2_000_000)],
  ])('cuts before it searches: six megabytes of %s', (_name, text) => {
    expect(redact(text, ['not-in-there']).length).toBeLessThan(5_000);
  });
});
