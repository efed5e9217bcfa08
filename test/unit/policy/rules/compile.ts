import { createConditionCompiler, type Condition } from '../../../../lib/policy/rules/condition.ts';
import { compilePattern } from '../../../../lib/policy/rules/patterns.ts';

export const compile = createConditionCompiler(compilePattern);

/** Throws where the expression is refused. */
export function condition(expression: string): Condition {
  const compiled = compile(expression);
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled.condition;
}

/** Undefined where the expression is accepted. */
export function problem(expression: string): string | undefined {
  const compiled = compile(expression);
  return compiled.ok ? undefined : compiled.problem;
}
