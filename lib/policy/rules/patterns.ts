import { RE2JS } from '@bufbuild/re2';

/** Tests whether a pattern is found anywhere in a text. */
export type Pattern = (text: string) => boolean;

/** @throws Error saying what is wrong with the pattern */
export type PatternCompiler = (pattern: string) => Pattern;

/**
 * RE2 syntax, which has no look-around and no back-references and in turn needs time linear in the text
 * (github.com/google/re2/wiki/Syntax).
 */
export const compilePattern: PatternCompiler = (pattern) => {
  const compiled = new RE2JS(pattern);
  return (text) => compiled.test(text);
};
