import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { deploy } from '../../cdk/app.ts';
import { readDeployments, type DeploymentInput } from '../../cdk/deployment.ts';
import cdkSettings from '../../cdk.json' with { type: 'json' };

export const account = '111111111111';

/** Three regions on three continents, everything else as it is by default. */
export const threeRegions = {
  name: 'fairlead',
  account,
  homeRegion: 'us-east-1',
  regions: [{ region: 'us-east-1' }, { region: 'eu-central-1' }, { region: 'ap-northeast-1' }],
} satisfies DeploymentInput;

const synthesized = new Map<string, ReadonlyMap<string, Template>>();

/** The templates of a deployment by stack name, made once a process; without bundles, which have their own test. */
export function synthesize(deployment: DeploymentInput): ReadonlyMap<string, Template> {
  const key = JSON.stringify(deployment);
  const known = synthesized.get(key) ?? synthesizeAnew(deployment);
  synthesized.set(key, known);
  return known;
}

function synthesizeAnew(deployment: DeploymentInput): ReadonlyMap<string, Template> {
  const app = new cdk.App({ context: { ...cdkSettings.context, 'aws:cdk:bundling-stacks': [] } });
  for (const each of readDeployments([deployment])) deploy(app, each);
  return new Map(
    app.node.children.filter(cdk.Stack.isStack).map((stack) => [stack.stackName, Template.fromStack(stack)]),
  );
}

export function templateOf(templates: ReadonlyMap<string, Template>, stackName: string): Template {
  const template = templates.get(stackName);
  if (template === undefined)
    throw new Error(`no stack ${stackName} among ${[...templates.keys()].join(', ')}`);
  return template;
}

const oneOrMany = <T>(value: z.ZodType<T>) => z.union([z.array(value), value.transform((one) => [one])]);

const statementSchema = z.strictObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany(z.string()),
  Resource: oneOrMany(z.unknown()),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const policySchema = z.object({
  Properties: z.object({ PolicyDocument: z.object({ Statement: z.array(statementSchema) }) }),
});

export type Statement = z.output<typeof statementSchema>;

const resourcePolicySchema = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(statementSchema.extend({ Sid: z.string().optional(), Principal: z.unknown() })),
});

/** Every statement of a resource policy. */
export const resourcePolicyOf = (document: unknown) => resourcePolicySchema.parse(document).Statement;

/** Every statement of the identity policies in a template whose logical id begins so. */
export function statementsOf(
  template: Template,
  logicalId: string,
  type: 'AWS::IAM::Policy' | 'AWS::IAM::ManagedPolicy' = 'AWS::IAM::Policy',
): readonly Statement[] {
  return Object.entries(template.findResources(type))
    .filter(([id]) => id.startsWith(logicalId))
    .flatMap(([, policy]) => policySchema.parse(policy).Properties.PolicyDocument.Statement);
}

const ref = z.object({ Ref: z.string() });

const roleSchema = z.object({
  Properties: z.object({
    ManagedPolicyArns: z.array(z.unknown()).default([]),
    Policies: z.array(z.object({ PolicyDocument: z.unknown() })).default([]),
  }),
});

/** What every role of a template may do by all policies it has, and the policies of AWS that are attached to it. */
export function principalsOf(
  template: Template,
): ReadonlyMap<
  string,
  { readonly statements: readonly Statement[]; readonly awsPolicies: readonly string[] }
> {
  const attached = Object.values(template.findResources('AWS::IAM::Policy')).map((policy) => ({
    roles: z.object({ Properties: z.object({ Roles: z.array(ref) }) }).parse(policy).Properties.Roles,
    statements: policySchema.parse(policy).Properties.PolicyDocument.Statement,
  }));
  const managed = template.findResources('AWS::IAM::ManagedPolicy');
  return new Map(
    Object.entries(template.findResources('AWS::IAM::Role')).map(([id, role]) => {
      const { ManagedPolicyArns, Policies } = roleSchema.parse(role).Properties;
      const own = ManagedPolicyArns.map((arn) => ref.safeParse(arn).data?.Ref);
      return [
        id,
        {
          statements: [
            ...attached.filter(({ roles }) => roles.some(({ Ref }) => Ref === id)),
            ...own.flatMap((name) =>
              name === undefined
                ? []
                : [{ statements: policySchema.parse(managed[name]).Properties.PolicyDocument.Statement }],
            ),
            ...Policies.map((policy) => ({
              statements: policySchema.parse({ Properties: policy }).Properties.PolicyDocument.Statement,
            })),
          ].flatMap(({ statements }) => statements),
          awsPolicies: ManagedPolicyArns.filter((_, index) => own[index] === undefined).map(textOf),
        },
      ];
    }),
  );
}

const joinSchema = z.object({
  'Fn::Join': z.tuple([z.literal(''), z.array(z.union([z.string(), z.object({ Ref: z.string() })]))]),
});

/** A text CloudFormation puts together, with `<id>` in the place of what only it knows. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [, parts] = joinSchema.parse(value)['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}
