import type { RuleFacts } from '../../domain/rules.ts';
import { variables, type MapName } from './variables.ts';

/** Of a body's texts, longer ones are not looked at: prompts are not what rules are about, and they would cost time. */
const longestBodyText = 4_096;

/**
 * The facts of one request as the evaluator takes them: every variable as a property that is read when an expression
 * asks for it, whole numbers as bigint (a number is CEL's double), records as maps, in which no name is special.
 */
export class RuleContext {
  readonly facts: RuleFacts;
  #maps: Partial<Record<MapName, ReadonlyMap<string, unknown>>> = {};

  constructor(facts: RuleFacts) {
    this.facts = facts;
  }

  map(name: MapName): ReadonlyMap<string, unknown> {
    return (this.#maps[name] ??= mapOf(this.facts[name], name === 'body'));
  }
}

/** Of a record that several contexts of one request share. */
const maps = new WeakMap<object, ReadonlyMap<string, unknown>>();

function mapOf(record: Readonly<Record<string, unknown>>, shortOnly: boolean): ReadonlyMap<string, unknown> {
  const known = maps.get(record);
  if (known !== undefined) return known;
  const entries = Object.entries(record);
  const made = new Map(shortOnly ? entries.filter(isShort) : entries);
  maps.set(record, made);
  return made;
}

const isShort = ([, value]: readonly [string, unknown]): boolean =>
  typeof value !== 'string' || value.length <= longestBodyText;

for (const name of Object.keys(variables) as readonly (keyof RuleFacts)[]) {
  Object.defineProperty(RuleContext.prototype, name, { get: readerOf(name) });
}

function readerOf(name: keyof RuleFacts): (this: RuleContext) => unknown {
  if (name === 'headers' || name === 'params' || name === 'body') {
    return function () {
      return this.map(name);
    };
  }
  if (name === 'hour' || name === 'weekday' || name === 'prompt_tokens') {
    return function () {
      return BigInt(Math.trunc(this.facts[name]));
    };
  }
  return function () {
    return this.facts[name];
  };
}

/** One context for all rules a request meets; it goes with the facts it was made of. */
const contexts = new WeakMap<RuleFacts, RuleContext>();

export function contextOf(facts: RuleFacts): RuleContext {
  const known = contexts.get(facts);
  if (known !== undefined) return known;
  const made = new RuleContext(facts);
  contexts.set(facts, made);
  return made;
}
