import type { ASTNode } from '@marcbachmann/cel-js';
import { didYouMeanOneOf } from '../nearest.ts';
import { childrenOf, macroOf } from './syntax.ts';
import { functionNames, methodNames, variableNames } from './variables.ts';

/** Of the parser; what exceeds one is refused with its name. */
export const parserLimits = {
  maxAstNodes: 512,
  maxDepth: 32,
  maxListElements: 128,
  maxMapEntries: 64,
  maxCallArguments: 4,
};

const maxMacroNesting = 2;
/** A step is a node evaluated once, 20 to 100 ns. */
const maxSteps = 100_000;
/** How many headers or parameters a request may have: API Gateway takes 10 KB of them. */
const mostEntries = 1_000;

/** What an expression may not hold, and where it does. */
export interface Offence {
  readonly message: string;
  readonly at: ASTNode;
}

/**
 * The first name that is unknown, or the first loop that could run away. Loops are over lists that are written out, or
 * over `headers` and `params`, whose size HTTP limits; so the steps an expression can take are known beforehand.
 */
export function offenceIn(ast: ASTNode): Offence | undefined {
  const offence = offenceAt(ast, [], 0);
  if (offence !== undefined) return offence;
  const steps = stepsOf(ast);
  const message = `may take ${steps} steps, and ${maxSteps} are the most; nest fewer or shorter loops`;
  return steps > maxSteps ? { message, at: ast } : undefined;
}

function offenceAt(node: ASTNode, bound: readonly string[], nesting: number): Offence | undefined {
  const macro = macroOf(node);
  if (macro !== undefined) {
    if (nesting === maxMacroNesting) {
      return { message: `loops inside each other more than ${maxMacroNesting} deep`, at: node };
    }
    if (sizeOf(macro.range) === undefined) {
      const message = 'loops over something else than a list that is written out, headers or params';
      return { message, at: macro.range };
    }
    const inner = macro.variable === undefined ? bound : [...bound, macro.variable];
    return (
      offenceAt(macro.range, bound, nesting + 1) ??
      firstOf(macro.bodies, (body) => offenceAt(body, inner, nesting + 1))
    );
  }
  return offenceOf(node, bound) ?? firstOf(childrenOf(node), (child) => offenceAt(child, bound, nesting));
}

function offenceOf(node: ASTNode, bound: readonly string[]): Offence | undefined {
  switch (node.op) {
    case 'id':
      return unknownName(node, node.args, 'variable', [...variableNames, ...bound]);
    case 'call':
      return unknownName(node, node.args[0], 'function', functionNames);
    case 'rcall':
      return unknownName(node, node.args[0], 'method', methodNames);
    default:
      return undefined;
  }
}

function unknownName(at: ASTNode, name: string, kind: string, known: readonly string[]): Offence | undefined {
  if (known.includes(name)) return undefined;
  const hint = didYouMeanOneOf(name, known);
  return { message: `names no ${kind} of rules, received "${shortened(name)}"${hint}`, at };
}

const shortened = (name: string): string => (name.length > 60 ? `${name.slice(0, 57)}...` : name);

function stepsOf(node: ASTNode): number {
  const macro = macroOf(node);
  if (macro === undefined) return 1 + sumOf(childrenOf(node));
  return 1 + stepsOf(macro.range) + (sizeOf(macro.range) ?? 0) * sumOf(macro.bodies);
}

const sumOf = (nodes: readonly ASTNode[]): number => nodes.reduce((steps, node) => steps + stepsOf(node), 0);

/** Of what a loop may go over; undefined: over this it may not. */
function sizeOf(range: ASTNode): number | undefined {
  if (range.op === 'list') return range.args.length;
  return range.op === 'id' && (range.args === 'headers' || range.args === 'params') ? mostEntries : undefined;
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
