import type { ASTNode } from '@marcbachmann/cel-js';
import { Environment } from '@marcbachmann/cel-js/evaluator';
import type { RuleFacts } from '../../domain/rules.ts';
import { offenceIn, parserLimits } from './limits.ts';
import type { Pattern, PatternCompiler } from './patterns.ts';
import { requiredKeys } from './required-keys.ts';
import { contextOf } from './rule-context.ts';
import { childrenOf } from './syntax.ts';
import { variables } from './variables.ts';

/** A rule's expression, compiled. */
export interface Condition {
  /** Never throws: what cannot be evaluated on these facts does not match. */
  readonly matches: (facts: RuleFacts) => boolean;
  /** Of an expression that asks for no variable: what it always comes to. */
  readonly constant?: boolean;
}

export type CompiledCondition =
  | { readonly ok: true; readonly condition: Condition }
  | {
      readonly ok: false;
      /** What is wrong with the expression, and where in it. */
      readonly problem: string;
    };

export type ConditionCompiler = (expression: string) => CompiledCondition;

/** The library's own `matches` runs patterns that may take forever (a+)+; no expression reaches it. */
const ownMatches = 'matchesInLinearTime';
const longestPattern = 512;

/**
 * A compiler of expressions (CEL, github.com/google/cel-spec), for a document's check and for its use alike. What it
 * accepts is of type bool and takes a bounded number of steps. Never throws, on any text.
 */
export function createConditionCompiler(compilePattern: PatternCompiler): ConditionCompiler {
  const patterns = new Map<string, Pattern>();
  const environment = createEnvironment(patterns);
  return (expression) => {
    try {
      return compile(environment, expression, (pattern) => patterns.set(pattern, compilePattern(pattern)));
    } catch (error) {
      return { ok: false, problem: described(error, expression) };
    }
  };
}

function compile(
  environment: Environment,
  expression: string,
  addPattern: (pattern: string) => void,
): CompiledCondition {
  const evaluate = environment.parse(expression);
  const { ast } = evaluate;
  const refused = (message: string, at: ASTNode): CompiledCondition => ({
    ok: false,
    problem: `${message} ${placeOf(expression, at.start)}`,
  });
  const offence = offenceIn(ast) ?? patternOffence(ast, addPattern);
  if (offence !== undefined) return refused(offence.message, offence.at);
  const checked = evaluate.check();
  if (!checked.valid) return { ok: false, problem: described(checked.error, expression) };
  if (checked.type !== 'bool') {
    const hint = checked.type === 'dyn' ? '; compare it, such as with "== true"' : '';
    return refused(`must be true or false, and is of type ${checked.type ?? 'dyn'}${hint}`, ast);
  }
  const required = requiredKeys(ast);
  const matches = (facts: RuleFacts): boolean => {
    try {
      const context = contextOf(facts);
      for (const { map, key } of required) if (!context.map(map).has(key)) return false;
      const result: unknown = evaluate(context);
      return result === true;
    } catch {
      return false;
    }
  };
  if (asksForVariables(ast)) return { ok: true, condition: { matches } };
  const constant = isTrue(() => evaluate({}));
  return { ok: true, condition: { matches: () => constant, constant } };
}

function isTrue(evaluate: () => unknown): boolean {
  try {
    return evaluate() === true;
  } catch {
    return false;
  }
}

/** Sends every `matches` to the linear-time one; the first that cannot be sent there. */
function patternOffence(
  node: ASTNode,
  addPattern: (pattern: string) => void,
): { readonly message: string; readonly at: ASTNode } | undefined {
  if (node.op === 'rcall' && node.args[0] === 'matches') {
    const [pattern] = node.args[2];
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
      return { message: 'matches() takes a pattern that is written out, a text in quotes', at: node };
    }
    if (pattern.args.length > longestPattern) {
      return { message: `has a pattern of over ${longestPattern} characters`, at: pattern };
    }
    try {
      addPattern(pattern.args);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error';
      return { message: `has a pattern that is not RE2: ${reason}`, at: pattern };
    }
    node.args[0] = ownMatches;
  }
  for (const child of childrenOf(node)) {
    const offence = patternOffence(child, addPattern);
    if (offence !== undefined) return offence;
  }
  return undefined;
}

const asksForVariables = (node: ASTNode): boolean =>
  (node.op === 'id' && Object.hasOwn(variables, node.args)) || childrenOf(node).some(asksForVariables);

function createEnvironment(patterns: ReadonlyMap<string, Pattern>): Environment {
  const environment = new Environment({ limits: parserLimits });
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
  environment.registerFunction(
    `string.${ownMatches}(string): bool`,
    (text: string, pattern: string): boolean => patterns.get(pattern)?.(text) ?? false,
    { async: false },
  );
  // Percentages and numbers of JSON are doubles, and people write 80 and 1000: CEL compares these and does no more.
  for (const [operator, handle] of mixed) {
    environment.registerOperator(`double ${operator} int`, (a: number, b: bigint) => handle(a, Number(b)));
    if (operator === '==') continue; // Registered both ways at once.
    environment.registerOperator(`int ${operator} double`, (a: bigint, b: number) => handle(Number(a), b));
  }
  return environment;
}

const mixed: readonly (readonly [string, (a: number, b: number) => number | boolean])[] = [
  ['==', (a, b) => a === b],
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
];

/** What the library says of an expression, on one line, with its place. */
function described(error: unknown, expression: string): string {
  if (error instanceof RangeError) return 'is nested too deep';
  if (!(error instanceof Error)) return 'cannot be compiled';
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  const range: unknown = 'range' in error ? error.range : undefined;
  const start =
    typeof range === 'object' && range !== null && 'start' in range && typeof range.start === 'number'
      ? range.start
      : 0;
  const hint = /\bdouble\b.*\bint\b|\bint\b.*\bdouble\b/.test(summary)
    ? '; write whole numbers beside fractions as 80.0'
    : '';
  return `cannot be compiled: ${summary.replaceAll(/\s+/g, ' ')}${hint} ${placeOf(expression, start)}`;
}

function placeOf(expression: string, position: number): string {
  const before = expression.slice(0, position).split('\n');
  return `(line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
}
