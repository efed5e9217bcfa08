import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What a reviewer asks about a construct and everything inside it, and the answer. */
export const answer = (scope: Construct, rule: string, reason: string): void =>
  Validations.of(scope).acknowledge({ id: rule, reason });

/** Why a policy of this role, or inside this construct, has a resource with a wildcard; any other one fails the synthesis. */
export const allowWildcard = (scope: Construct, resource: string, reason: string): void =>
  answer(scope, `AwsSolutions-IAM5[Resource::${asReviewed(Stack.of(scope).resolve(resource))}]`, reason);

/** A resource as the reviewer writes it: `<id>` where only CloudFormation knows. */
function asReviewed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::GetAtt' && Array.isArray(argument)) return `<${argument.join('.')}>`;
  if (name === 'Fn::Join' && Array.isArray(argument)) {
    const [separator, parts]: unknown[] = argument;
    if (Array.isArray(parts)) return parts.map(asReviewed).join(String(separator));
  }
  return `<${name}>`;
}
