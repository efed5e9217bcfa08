import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf, macroOf } from './syntax.ts';
import { mapNames, type MapName } from './variables.ts';

/** An entry of a map without which an expression cannot be true. */
export interface RequiredKey {
  readonly map: MapName;
  readonly key: string;
}

/**
 * The entries without which an expression is false or an error, whatever else is so. Asking for these first keeps the
 * most common case of a rule that does not match, a header that is not there, from costing an exception.
 *
 * CEL's `&&` and `||` take an error of one side for unknown (github.com/google/cel-spec, langdef.md, "Logical
 * operators"), everything else passes errors on; hence the two functions below.
 */
export function requiredKeys(ast: ASTNode): readonly RequiredKey[] {
  return [...untrueWithout(ast).values()];
}

type Keys = ReadonlyMap<string, RequiredKey>;
const none: Keys = new Map();

/** If one of these is missing, the node is false or an error. */
function untrueWithout(node: ASTNode): Keys {
  switch (node.op) {
    case '&&':
      return union(node.args.map(untrueWithout));
    case '||':
      return common(untrueWithout(node.args[0]), untrueWithout(node.args[1]));
    case '?:': {
      const [condition, yes, no] = node.args;
      return union([failsWithout(condition), common(untrueWithout(yes), untrueWithout(no))]);
    }
    case 'in': {
      const [key, map] = node.args;
      return union([failsWithout(node), keyOf(map, key.op === 'value' ? key.args : undefined)]);
    }
    case 'call': {
      const [asked] = node.args[1];
      return node.args[0] === 'has' && asked?.op === '.' ? accessed(asked) : failsWithout(node);
    }
    default:
      return failsWithout(node);
  }
}

/** If one of these is missing, the node is an error. */
function failsWithout(node: ASTNode): Keys {
  const macro = macroOf(node);
  if (macro !== undefined) return failsWithout(macro.range);
  switch (node.op) {
    case '&&':
    case '||':
      return common(failsWithout(node.args[0]), failsWithout(node.args[1]));
    case '?:': {
      const [condition, yes, no] = node.args;
      return union([failsWithout(condition), common(failsWithout(yes), failsWithout(no))]);
    }
    case 'call':
      return node.args[0] === 'has' ? none : union(node.args[1].map(failsWithout));
    case '.':
    case '[]':
      return union([accessed(node), ...childrenOf(node).map(failsWithout)]);
    default:
      return union(childrenOf(node).map(failsWithout));
  }
}

/** `headers["x"]`, `body.x` */
function accessed(node: ASTNode): Keys {
  if (node.op === '.') return keyOf(node.args[0], node.args[1]);
  if (node.op !== '[]') return none;
  const [map, key] = node.args;
  return keyOf(map, key.op === 'value' ? key.args : undefined);
}

function keyOf(map: ASTNode, key: unknown): Keys {
  const name = mapNames.find((each) => map.op === 'id' && map.args === each);
  if (name === undefined || typeof key !== 'string') return none;
  return new Map([[`${name} ${key}`, { map: name, key }]]);
}

const union = (all: readonly Keys[]): Keys => new Map(all.flatMap((keys) => [...keys]));

const common = (a: Keys, b: Keys): Keys => new Map([...a].filter(([name]) => b.has(name)));
