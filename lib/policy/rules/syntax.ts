import type { ASTNode } from '@marcbachmann/cel-js';
import { macroNames } from './variables.ts';

/** The nodes right below one, in the order they are written. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case '!_':
    case '-_':
      return [node.args];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    default:
      return node.args;
  }
}

/** `range.exists(variable, condition)` and its kin. */
export interface Macro {
  readonly range: ASTNode;
  /** Undefined where something else than a name stands there. */
  readonly variable: string | undefined;
  readonly bodies: readonly ASTNode[];
}

export function macroOf(node: ASTNode): Macro | undefined {
  if (node.op !== 'rcall' || !macroNames.includes(node.args[0])) return undefined;
  const [, range, [variable, ...bodies]] = node.args;
  return { range, variable: variable?.op === 'id' ? variable.args : undefined, bodies };
}
