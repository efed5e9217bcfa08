import type { Statement } from './templates.ts';

/** A call as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** Partition keys DynamoDB tells IAM of; empty where a call names none. */
  readonly leadingKeys?: readonly string[];
}

/**
 * Whether identity policies permit a call, by IAM's own rules as far as the policies here need them: a matching Deny
 * beats every Allow (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 * @throws Error for a condition it does not know, instead of guessing.
 */
export function permits(statements: readonly Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => applies(statement, call));
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  );
}

function applies({ Action, Resource, Condition = {} }: Statement, call: Call): boolean {
  return (
    Action.some((pattern) => matches(pattern, call.action)) &&
    Resource.some((pattern) => typeof pattern === 'string' && matches(pattern, call.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, key, values, call.leadingKeys ?? [])),
    )
  );
}

function holds(operator: string, key: string, values: unknown, leadingKeys: readonly string[]): boolean {
  if (key !== 'dynamodb:LeadingKeys') throw new Error(`no rule for the condition key ${key}`);
  const patterns = [values].flat().map(String);
  const isLike = (text: string): boolean => patterns.some((pattern) => matches(pattern, text));
  switch (operator) {
    case 'ForAllValues:StringLike':
      return leadingKeys.every(isLike);
    case 'ForAnyValue:StringLike':
      return leadingKeys.some(isLike);
    case 'Null':
      return patterns[0] === String(leadingKeys.length === 0);
    default:
      throw new Error(`no rule for the condition operator ${operator}`);
  }
}

/** `*` stands for any characters, slashes too. */
function matches(pattern: string, text: string): boolean {
  const literally = pattern.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literally.join('.*')}$`, 's').test(text);
}
