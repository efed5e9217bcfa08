import * as z from 'zod';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});

export const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema).default({}),
});

export type Resource = z.output<typeof resourceSchema>;

/** One stack, as it is deployed. */
export interface StackTemplate {
  readonly stack: string;
  readonly region: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

/** What lies at a path of properties and list indices; undefined where nothing does. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

/** Numbers CloudFormation takes as text too. */
export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | undefined => {
  const found = at(value, ...path);
  const number = typeof found === 'string' ? Number(found) : found;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

/** The resource of the same template that a `Ref` or `Fn::GetAtt` points to. */
export function referred(template: StackTemplate, value: unknown): Resource | undefined {
  const id = textAt(value, 'Ref') ?? textAt(value, 'Fn::GetAtt', 0);
  return id === undefined ? undefined : template.resources[id];
}

export const ofType = (template: StackTemplate, type: string): readonly Resource[] =>
  Object.values(template.resources).filter((resource) => resource.Type === type);
