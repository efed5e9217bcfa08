import type { Statement } from './templates.ts';

/** A call as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** Partition keys DynamoDB tells IAM of; empty where a call names none. */
  readonly leadingKeys?: readonly string[];
  /** Other condition keys of the call and their values. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Whether policies permit a call, by IAM's own rules as far as the policies here need them: a matching Deny
 * beats every Allow (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 * @throws Error for a condition it does not know, instead of guessing.
 */
export function permits(statements: readonly Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => applies(statement, call));
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(isDeny);
}

/** Whether a policy refuses a call whatever else allows it. */
export const refuses = (statements: readonly Statement[], call: Call): boolean =>
  statements.some((statement) => isDeny(statement) && applies(statement, call));

const isDeny = ({ Effect }: Statement): boolean => Effect === 'Deny';

function applies({ Action, Resource, Condition = {} }: Statement, call: Call): boolean {
  const valuesOf = (key: string): readonly string[] =>
    (key === 'dynamodb:LeadingKeys' ? call.leadingKeys : call.context?.[key]) ?? [];
  return (
    Action.some((pattern) => matches(pattern, call.action)) &&
    Resource.some((pattern) => typeof pattern === 'string' && matches(pattern, call.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => {
        if (!known.has(key)) throw new Error(`no rule for the condition key ${key}`);
        return holds(operator, [values].flat().map(String), valuesOf(key));
      }),
    )
  );
}

const known: ReadonlySet<string> = new Set([
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:SecureTransport',
  'bedrock:InferenceProfileArn',
  'dynamodb:LeadingKeys',
  'kms:ResourceAliases',
  'kms:ViaService',
  'lambda:SourceFunctionArn',
]);

/** Operators of strings and ARNs: whether they compare with wildcards, and whether they hold for what does not match. */
const operators: Readonly<Record<string, { readonly like: boolean; readonly not: boolean }>> = {
  StringEquals: { like: false, not: false },
  StringLike: { like: true, not: false },
  StringNotLike: { like: true, not: true },
  // Operators of ARNs are one and the same, with wildcards.
  ArnLike: { like: true, not: false },
  ArnNotEquals: { like: true, not: true },
  Bool: { like: false, not: false },
};

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
function holds(operator: string, patterns: readonly string[], values: readonly string[]): boolean {
  if (operator === 'Null') return patterns[0] === String(values.length === 0);
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const rule = operators[name];
  if (rule === undefined) throw new Error(`no rule for the condition operator ${operator}`);
  if (ifExists !== undefined && values.length === 0) return true;
  const is = (value: string): boolean => {
    const found = patterns.some((pattern) => (rule.like ? matches(pattern, value) : pattern === value));
    return found !== rule.not;
  };
  if (quantifier === 'ForAllValues') return values.every(is);
  if (quantifier === 'ForAnyValue') return values.some(is);
  // A key that is not there equals nothing.
  return values.length === 0 ? rule.not : values.every(is);
}

/** `*` stands for any characters, slashes too. */
function matches(pattern: string, text: string): boolean {
  const literally = pattern.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literally.join('.*')}$`, 's').test(text);
}
