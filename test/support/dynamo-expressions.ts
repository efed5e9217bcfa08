import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * As much of DynamoDB's expression language as the quota ledger speaks: conditions and updates of one item, on whole
 * numbers and number sets. test/unit/stores/quota-expressions.test.ts holds it against dynalite.
 */
export type Item = Readonly<Record<string, AttributeValue>>;

export interface Expressions {
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/** What DynamoDB answers to an expression that cannot be carried out. */
export class InvalidExpression extends Error {
  override readonly name = 'ValidationException';
}

interface Scope {
  readonly item: Item;
  readonly expressions: Expressions;
}
type Operand = (scope: Scope) => AttributeValue | undefined;
type Condition = (scope: Scope) => boolean;
type Action = (scope: Scope, into: Record<string, AttributeValue>) => void;

const figure = (value: AttributeValue | undefined): bigint => {
  if (value?.N === undefined) throw new InvalidExpression('an operand is not a number');
  return BigInt(value.N);
};
const members = (value: AttributeValue | undefined): readonly string[] => value?.NS ?? [];

/** Reads an expression from left to right. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = text.match(/[A-Za-z_][\w]*|[#:]\w+|<>|<=|>=|[<>=+\-(),]/g) ?? [];
  }
  get next(): string | undefined {
    return this.#tokens[this.#at];
  }
  take(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new InvalidExpression('the expression ends too early');
    return token;
  }
  expect(token: string): void {
    const found = this.take();
    if (found !== token) throw new InvalidExpression(`expected ${token}, found ${found}`);
  }
  accept(token: string): boolean {
    if (this.next !== token) return false;
    this.#at++;
    return true;
  }
}

const nameIn = (path: string, { expressions }: Scope): string =>
  path.startsWith('#') ? (expressions.ExpressionAttributeNames?.[path] ?? '') : path;

function operand(reader: Reader): Operand {
  const token = reader.take();
  if (token.startsWith(':')) return ({ expressions }) => expressions.ExpressionAttributeValues?.[token];
  if (token === 'if_not_exists' || token === 'size') {
    reader.expect('(');
    const first = operand(reader);
    const second = reader.accept(',') ? operand(reader) : undefined;
    reader.expect(')');
    if (token === 'size') {
      return (scope) => {
        const value = first(scope);
        return value === undefined ? undefined : { N: String(members(value).length) };
      };
    }
    return (scope) => first(scope) ?? second?.(scope);
  }
  return (scope) => scope.item[nameIn(token, scope)];
}

const comparisons: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function term(reader: Reader): Condition {
  if (reader.accept('NOT')) {
    const inner = term(reader);
    return (scope) => !inner(scope);
  }
  if (reader.accept('(')) {
    const inner = either(reader);
    reader.expect(')');
    return inner;
  }
  if (reader.next === 'attribute_exists' || reader.next === 'attribute_not_exists') {
    const wanted = reader.take() === 'attribute_exists';
    reader.expect('(');
    const path = operand(reader);
    reader.expect(')');
    return (scope) => (path(scope) !== undefined) === wanted;
  }
  if (reader.accept('contains')) {
    reader.expect('(');
    const path = operand(reader);
    reader.expect(',');
    const value = operand(reader);
    reader.expect(')');
    return (scope) => members(path(scope)).includes(value(scope)?.N ?? '');
  }
  const left = operand(reader);
  const symbol = reader.take();
  const compare = comparisons[symbol];
  if (compare === undefined) throw new InvalidExpression(`${symbol} compares nothing`);
  const right = operand(reader);
  return (scope) => {
    const [a, b] = [left(scope), right(scope)];
    if (a === undefined || b === undefined) return symbol === '<>';
    return compare(figure(a), figure(b));
  };
}

function both(reader: Reader): Condition {
  const terms = [term(reader)];
  while (reader.accept('AND')) terms.push(term(reader));
  return (scope) => terms.every((each) => each(scope));
}

function either(reader: Reader): Condition {
  const terms = [both(reader)];
  while (reader.accept('OR')) terms.push(both(reader));
  return (scope) => terms.some((each) => each(scope));
}

function assignment(reader: Reader): Action {
  const path = reader.take();
  reader.expect('=');
  const first = operand(reader);
  const sign = reader.next === '+' || reader.next === '-' ? reader.take() : undefined;
  const second = sign === undefined ? undefined : operand(reader);
  return (scope, into) => {
    const value = first(scope);
    if (value === undefined) throw new InvalidExpression('an attribute of the expression does not exist');
    into[nameIn(path, scope)] =
      second === undefined
        ? value
        : {
            N: String(
              sign === '+' ? figure(value) + figure(second(scope)) : figure(value) - figure(second(scope)),
            ),
          };
  };
}

/** ADD and DELETE of a number set; an empty set is no attribute. */
function setChange(
  reader: Reader,
  combine: (has: readonly string[], given: readonly string[]) => string[],
): Action {
  const path = reader.take();
  const given = operand(reader);
  return (scope, into) => {
    const name = nameIn(path, scope);
    const changed = combine(members(scope.item[name]), members(given(scope)));
    if (changed.length > 0) into[name] = { NS: changed };
    else delete into[name];
  };
}

function actions(reader: Reader): readonly Action[] {
  const found: Action[] = [];
  while (reader.next !== undefined) {
    const clause = reader.take();
    do {
      if (clause === 'SET') found.push(assignment(reader));
      else if (clause === 'ADD')
        found.push(setChange(reader, (has, given) => [...new Set([...has, ...given])]));
      else if (clause === 'DELETE')
        found.push(setChange(reader, (has, given) => has.filter((each) => !given.includes(each))));
      else throw new InvalidExpression(`${clause} is no clause of an update`);
    } while (reader.accept(','));
  }
  return found;
}

const parsed = new Map<string, Condition>();
const parsedUpdates = new Map<string, readonly Action[]>();

/** Whether a condition holds for an item (undefined: there is none). No condition: always. */
export function holds(expressions: Expressions, item: Item | undefined): boolean {
  const text = expressions.ConditionExpression;
  if (text === undefined) return true;
  const condition = parsed.get(text) ?? either(new Reader(text));
  parsed.set(text, condition);
  return condition({ item: item ?? {}, expressions });
}

/** The item an update makes of an item; the key is part of it. */
export function updated(expressions: Expressions, item: Item): Item {
  const text = expressions.UpdateExpression ?? '';
  const update = parsedUpdates.get(text) ?? actions(new Reader(text));
  parsedUpdates.set(text, update);
  const into: Record<string, AttributeValue> = { ...item };
  for (const action of update) action({ item, expressions }, into);
  return into;
}
