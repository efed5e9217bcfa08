import { markName, quotaEntries, type QuotaFields } from '../domain/quota-entries.ts';
import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument } from './document-schema.ts';

/** What the fields of a quota demand of one another. */
export function quotaProblems(document: GatewayDocument): readonly DocumentProblem[] {
  return [...quotaOwners(document)].flatMap(([path, owner]) => ownerProblems(path, owner));
}

function ownerProblems(path: Path, owner: QuotaFields): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  for (const [index, { every, enforcement, limitUsd, reserveUsd }] of (owner.budgets ?? []).entries()) {
    const at = [...path, 'budgets', index];
    if (enforcement === 'hard' && every === '1m') problems.push(tooShort(at));
    if (reserveUsd === undefined) continue;
    if (enforcement !== 'hard') {
      problems.push(problemAt([...at, 'reserveUsd'], 'is for "hard" only: nothing else holds it'));
    } else if (reserveUsd > limitUsd) {
      const message = `must be at most limitUsd (${limitUsd}), received ${reserveUsd}: no request would fit`;
      problems.push(problemAt([...at, 'reserveUsd'], message));
    }
  }
  for (const [index, { every, enforcement, requests, tokens }] of (owner.rateLimits ?? []).entries()) {
    const at = [...path, 'rateLimits', index];
    if (enforcement === 'hard' && every === '1m') problems.push(tooShort(at));
    if (requests === undefined && tokens === undefined) {
      problems.push(problemAt(at, 'must limit "requests", "tokens" or both'));
    }
  }
  const seen = new Set<string>();
  for (const entry of quotaEntries(owner)) {
    const name = markName(entry);
    if (seen.has(name)) {
      const message = `two quotas of the same unit have the id "${entry.id}"; it must be unique`;
      problems.push(problemAt(path, message));
    }
    seen.add(name);
  }
  return problems;
}

const tooShort = (at: Path): DocumentProblem =>
  problemAt(
    [...at, 'enforcement'],
    'must be "soft" for a window of a minute: "hard" is for 1h, 1d, 1w and 1M, received "hard"',
  );

/** Everything that can carry quotas, with its path. */
function* quotaOwners(document: GatewayDocument): Generator<readonly [Path, QuotaFields]> {
  yield [[], document];
  for (const [id, provider] of Object.entries(document.providers)) {
    yield [['providers', id], provider];
    for (const [index, key] of (provider.keys ?? []).entries()) yield [['providers', id, 'keys', index], key];
  }
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, scope] of (document[list] ?? []).entries()) {
      yield [[list, index], scope];
      for (const [at, grant] of (scope.providers ?? []).entries()) {
        yield [[list, index, 'providers', at], grant];
      }
    }
  }
}
