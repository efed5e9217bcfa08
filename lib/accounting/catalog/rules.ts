/**
 * How a name that is spelled out nowhere finds its model. Every kind is a comparison of strings with at most one
 * fixed-length pattern at the end: no rule, and no name a caller sends, can make it take more than linear time.
 */
export type RuleKind = '^' | '$' | '*' | '8' | 'I' | '0' | '!';

export interface Rule {
  readonly kind: RuleKind;
  /** Lower case. */
  readonly text: string;
  /** Position of the model in its provider's list. */
  readonly model: number;
}

const eightDigits = /^\d{8}$/;
const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const digit = /^\d/;
const speech = /-tts(?:$|-)/;

/** The rest of the name after `text`, when the name begins with it. */
const after = (name: string, text: string): string | undefined =>
  name.startsWith(text) ? name.slice(text.length) : undefined;

const tests: Readonly<Record<RuleKind, (name: string, text: string) => boolean>> = {
  '^': (name, text) => name.startsWith(text),
  $: (name, text) => name.endsWith(text),
  '*': (name, text) => name.includes(text),
  /** Begins with the text, then exactly eight digits (20250929). */
  '8': (name, text) => eightDigits.test(after(name, text) ?? ''),
  /** Begins with the text, then exactly a date (2025-09-29). */
  I: (name, text) => isoDate.test(after(name, text) ?? ''),
  /** Begins with the text, then a digit. */
  '0': (name, text) => digit.test(after(name, text) ?? ''),
  /** Begins with the text, and is not the text-to-speech sibling. */
  '!': (name, text) => name.startsWith(text) && !speech.test(name),
};

export const isRuleKind = (kind: string): kind is RuleKind => Object.hasOwn(tests, kind);

/** Whether a name (lower case) falls under a rule. */
export const matches = (rule: Rule, name: string): boolean => tests[rule.kind](name, rule.text);
