import { aliasCycles } from './aliases.ts';
import { problemAt, valueText, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument, GrantEntry } from './document-schema.ts';
import { didYouMean } from './nearest.ts';

/** Names that stand twice, and names that stand for nothing. */
export function referenceProblems(document: GatewayDocument): readonly DocumentProblem[] {
  const customers = ids(document.customers);
  const teams = new Map((document.teams ?? []).map((team) => [team.id, team]));
  const providers = new Set(Object.keys(document.providers));
  const problems: DocumentProblem[] = [
    ...repeated(['customers'], 'id', document.customers),
    ...repeated(['teams'], 'id', document.teams),
    ...repeated(['virtualKeys'], 'id', document.virtualKeys),
    ...repeated(['virtualKeys'], 'hash', document.virtualKeys),
    ...retiringTwice(document),
    ...repeated(['rules'], 'id', document.rules),
    ...Object.entries(document.providers).flatMap(([id, { keys }]) => [
      ...repeated(['providers', id, 'keys'], 'id', keys),
      ...allZero(['providers', id, 'keys'], keys),
    ]),
    ...aliasCycles(document.models?.aliases ?? {}).map((way) =>
      problemAt(['models', 'aliases', way[0] ?? ''], `the alias leads back to itself: ${way.join(' -> ')}`),
    ),
  ];
  for (const [index, team] of (document.teams ?? []).entries()) {
    problems.push(...unknown(['teams', index, 'customer'], 'customer', team.customer, customers));
  }
  for (const [index, key] of (document.virtualKeys ?? []).entries()) {
    problems.push(...unknown(['virtualKeys', index, 'team'], 'team', key.team, teams));
    problems.push(...unknown(['virtualKeys', index, 'customer'], 'customer', key.customer, customers));
    const team = teams.get(key.team ?? '');
    if (team !== undefined && key.customer !== undefined && key.customer !== team.customer) {
      const message = `team "${team.id}" belongs to ${team.customer === undefined ? 'no customer' : `customer "${team.customer}"`}`;
      problems.push(problemAt(['virtualKeys', index, 'customer'], `${message}, received "${key.customer}"`));
    }
  }
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, scope] of (document[list] ?? []).entries()) {
      problems.push(...grantProblems([list, index, 'providers'], scope.providers, document));
    }
  }
  const pinned = [
    ...(document.models?.add ?? []).map(
      ({ model }, index) => [['models', 'add', index, 'model'], model] as const,
    ),
    ...Object.keys(document.models?.prices ?? {}).map(
      (model) => [['models', 'prices', model], model] as const,
    ),
  ];
  for (const [path, model] of pinned) {
    if (model.includes('/')) problems.push(...unknown(path, 'provider', model.split('/')[0], providers));
    else problems.push(problemAt(path, `must be "provider/model", received ${valueText(model)}`));
  }
  return problems;
}

function grantProblems(
  path: Path,
  grants: readonly GrantEntry[] | undefined,
  document: GatewayDocument,
): readonly DocumentProblem[] {
  const providers = new Set(Object.keys(document.providers));
  const unknownNames = (grants ?? []).flatMap((grant, index) => {
    if (!providers.has(grant.provider)) {
      return unknown([...path, index, 'provider'], 'provider', grant.provider, providers);
    }
    const keys = ids(document.providers[grant.provider]?.keys);
    return (grant.keys ?? [])
      .filter((pattern) => !pattern.includes('*'))
      .flatMap((key) => unknown([...path, index, 'keys'], `key of provider "${grant.provider}"`, key, keys));
  });
  return [...repeated(path, 'provider', grants), ...unknownNames, ...allZero(path, grants)];
}

export const ids = (entries: readonly { readonly id: string }[] | undefined): ReadonlySet<string> =>
  new Set((entries ?? []).map(({ id }) => id));

function repeated<Field extends string>(
  path: Path,
  field: Field,
  entries: readonly { readonly [K in Field]?: string | undefined }[] | undefined,
): readonly DocumentProblem[] {
  const first = new Map<string, number>();
  return (entries ?? []).flatMap((entry, index) => {
    const value = entry[field];
    if (value === undefined) return [];
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, index);
      return [];
    }
    const message = `is the same as in entry ${earlier}; it must be unique`;
    return [
      problemAt([...path, index, field], field === 'hash' ? message : `${message}, received "${value}"`),
    ];
  });
}

/** A name that stands for nothing of the document. */
export function unknown(
  path: Path,
  kind: string,
  value: string | undefined,
  known: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): readonly DocumentProblem[] {
  if (value === undefined || known.has(value)) return [];
  const hint = didYouMean(value, [...known.keys()]);
  return [problemAt(path, `names no ${kind} of this document, received ${valueText(value)}${hint}`)];
}

/** A hash says which key it is: an earlier one must not be another key's. */
function retiringTwice({ virtualKeys = [] }: GatewayDocument): readonly DocumentProblem[] {
  const seen = new Set(virtualKeys.map(({ hash }) => hash));
  return virtualKeys.flatMap(({ retiring = [] }, index) =>
    retiring.flatMap(({ hash }, at) => {
      const known = seen.has(hash);
      seen.add(hash);
      const path = ['virtualKeys', index, 'retiring', at, 'hash'];
      return known ? [problemAt(path, 'is the hash of a key already; it must be unique')] : [];
    }),
  );
}

/** Weights of which none is above 0 would never pick anything. */
export function allZero(
  path: Path,
  entries: readonly { readonly weight?: number | undefined }[] | undefined,
): readonly DocumentProblem[] {
  const weights = (entries ?? []).flatMap(({ weight }) => (weight === undefined ? [] : [weight]));
  return weights.length > 0 && weights.every((weight) => weight === 0)
    ? [problemAt(path, 'at least one weight must be above 0, received only 0')]
    : [];
}
