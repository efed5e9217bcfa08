import type { NameMatcher } from '../domain/policy.ts';

/**
 * Compiles a list of names and globs to one matcher. `*` stands for any run of characters, everything else for
 * itself; case counts. Matching takes linear time: parts between stars are searched once, left to right, never
 * backtracking.
 */
export function compileGlobs(patterns: readonly string[]): NameMatcher {
  if (patterns.length === 0) return nothing;
  if (patterns.some(isEverything)) return everything;
  const names = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(compileGlob);
  if (globs.length === 0) return (name) => names.has(name);
  return (name) => names.has(name) || globs.some((matches) => matches(name));
}

export const everything: NameMatcher = () => true;
export const nothing: NameMatcher = () => false;

/** True for `*` (and `**`): the glob that names nothing in particular. */
export const isEverything = (pattern: string): boolean => /^\*+$/.test(pattern);

/** Names both allow. */
export const both = (a: NameMatcher, b: NameMatcher): NameMatcher => {
  if (a === everything) return b;
  return b === everything ? a : (name) => a(name) && b(name);
};

/** Names either matches. */
export const either = (a: NameMatcher, b: NameMatcher): NameMatcher => {
  if (a === nothing) return b;
  return b === nothing ? a : (name) => a(name) || b(name);
};

function compileGlob(pattern: string): NameMatcher {
  const parts = pattern.split('*');
  const prefix = parts[0] ?? '';
  const suffix = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (name) => {
    const end = name.length - suffix.length;
    if (end < prefix.length || !name.startsWith(prefix) || !name.endsWith(suffix)) return false;
    let from = prefix.length;
    for (const part of middle) {
      const found = name.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return from <= end;
  };
}
