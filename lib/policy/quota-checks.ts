import type { QuotaFields } from '../domain/quota-entries.ts';
import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument } from './document-schema.ts';

/** What the fields of a quota demand of one another. */
export function quotaProblems(document: GatewayDocument): readonly DocumentProblem[] {
  return [...quotaOwners(document)].flatMap(({ path, owner, isShared }) => [
    ...windowProblems(path, owner, isShared),
    ...amountProblems(path, owner),
    ...sameIds(path, owner),
  ]);
}

interface QuotaOwner {
  readonly path: Path;
  readonly owner: QuotaFields;
  /** Every request of the gateway, or many of them, add to it: a provider, a provider key, the document. */
  readonly isShared: boolean;
}

function windowProblems(path: Path, owner: QuotaFields, isShared: boolean): readonly DocumentProblem[] {
  return (['budgets', 'rateLimits'] as const).flatMap((list) =>
    (owner[list] ?? []).flatMap(({ every, enforcement, lanes }, index) => {
      const at = [...path, list, index];
      const problems: DocumentProblem[] = [];
      if (enforcement === 'hard' && isShared) {
        const message =
          'must be "soft" on providers, their keys and the document: "hard" is for virtual keys, teams, customers and their provider entries, received "hard"';
        problems.push(problemAt([...at, 'enforcement'], message));
      } else if (enforcement === 'hard' && every === '1m') {
        const message =
          'must be "soft" for a window of a minute: "hard" is for 1h, 1d, 1w and 1M, received "hard"';
        problems.push(problemAt([...at, 'enforcement'], message));
      }
      if (lanes !== undefined && isShared) {
        const message = `is not chosen on providers, their keys and the document; remove it, received ${lanes}`;
        problems.push(problemAt([...at, 'lanes'], message));
      }
      return problems;
    }),
  );
}

function amountProblems(
  path: Path,
  { budgets = [], rateLimits = [] }: QuotaFields,
): readonly DocumentProblem[] {
  const reserves = budgets.flatMap(({ enforcement, limitUsd, reserveUsd }, index) => {
    if (reserveUsd === undefined) return [];
    const at = [...path, 'budgets', index, 'reserveUsd'];
    if (enforcement !== 'hard') {
      return [problemAt(at, `is for "hard" only: nothing else holds it, received ${reserveUsd}`)];
    }
    const message = `must be at most limitUsd (${limitUsd}), received ${reserveUsd}: no request would fit`;
    return reserveUsd > limitUsd ? [problemAt(at, message)] : [];
  });
  const empty = rateLimits.flatMap(({ requests, tokens }, index) =>
    requests === undefined && tokens === undefined
      ? [problemAt([...path, 'rateLimits', index], 'must limit "requests", "tokens" or both')]
      : [],
  );
  return [...reserves, ...empty];
}

/** Ids that stand twice; quotas without one are named so that they never do. */
function sameIds(path: Path, { budgets = [], rateLimits = [] }: QuotaFields): readonly DocumentProblem[] {
  const quotas = [
    ...budgets.map(({ id }, index) => ({ id, unit: 'microUsd', at: ['budgets', index] })),
    ...rateLimits.flatMap(({ id, requests, tokens }, index) => [
      ...(requests === undefined ? [] : [{ id, unit: 'requests', at: ['rateLimits', index] }]),
      ...(tokens === undefined ? [] : [{ id, unit: 'tokens', at: ['rateLimits', index] }]),
    ]),
  ];
  const seen = new Set<string>();
  return quotas.flatMap(({ id, unit, at }) => {
    if (id === undefined) return [];
    const name = `${id}.${unit}`;
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `is the id of another quota in ${unit} of the same owner; it must be unique, received "${id}"`;
    return [problemAt([...path, ...at, 'id'], message)];
  });
}

/** Everything that can carry quotas. */
function* quotaOwners(document: GatewayDocument): Generator<QuotaOwner> {
  yield { path: [], owner: document, isShared: true };
  for (const [id, provider] of Object.entries(document.providers)) {
    yield { path: ['providers', id], owner: provider, isShared: true };
    for (const [index, key] of (provider.keys ?? []).entries()) {
      yield { path: ['providers', id, 'keys', index], owner: key, isShared: true };
    }
  }
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, scope] of (document[list] ?? []).entries()) {
      yield { path: [list, index], owner: scope, isShared: false };
      for (const [at, grant] of (scope.providers ?? []).entries()) {
        yield { path: [list, index, 'providers', at], owner: grant, isShared: false };
      }
    }
  }
}
