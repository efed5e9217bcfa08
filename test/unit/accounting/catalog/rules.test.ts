import { describe, expect, it } from 'vitest';
import { isRuleKind, matches, type RuleKind } from '../../../../lib/accounting/catalog/rules.ts';

const falls = (kind: RuleKind, text: string, name: string): boolean =>
  matches({ kind, text, model: 0 }, name);

describe('rules', () => {
  it.each<[RuleKind, string, string, boolean]>([
    ['^', 'claude-2', 'claude-2.1', true],
    ['^', 'claude-2', 'my-claude-2', false],
    ['$', 'claude-opus-5', 'eu.anthropic.claude-opus-5', true],
    ['$', 'claude-opus-5', 'claude-opus-5-5', false],
    ['*', 'nova-lite', 'eu.amazon.nova-lite-v1:0', true],
    ['*', 'nova-lite', 'nova-pro', false],
    ['8', 'claude-opus-5-', 'claude-opus-5-20260101', true],
    ['8', 'claude-opus-5-', 'claude-opus-5-5-20260101', false],
    ['8', 'claude-opus-5-', 'claude-opus-5-202601010', false],
    ['I', 'gpt-6-sol-', 'gpt-6-sol-2026-09-01', true],
    ['I', 'gpt-6-sol-', 'gpt-6-sol-pro', false],
    ['0', 'gemini-3.5-flash-', 'gemini-3.5-flash-001', true],
    ['0', 'gemini-3.5-flash-', 'gemini-3.5-flash-lite', false],
    ['!', 'gemini-2.5-pro', 'gemini-2.5-pro-preview-05-06', true],
    ['!', 'gemini-2.5-pro', 'gemini-2.5-pro-preview-tts', false],
  ])('%s%s on %s: %s', (kind, text, name, expected) => {
    expect(falls(kind, text, name)).toBe(expected);
  });

  it('knows its kinds', () => {
    expect(isRuleKind('^')).toBe(true);
    expect(isRuleKind('?')).toBe(false);
    expect(isRuleKind('toString')).toBe(false);
  });
});
