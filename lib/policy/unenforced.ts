import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument } from './document-schema.ts';

/**
 * What the document can say and this version does not carry out. A limit that is not enforced must not look like one,
 * so a document that uses it is refused. A version that enforces one of these deletes its lines here.
 */
export function unenforced(document: GatewayDocument): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  for (const [path, owner] of quotaOwners(document)) {
    if (owner.budgets?.length) problems.push(notEnforced([...path, 'budgets'], 'budgets are'));
    if (owner.rateLimits?.length) problems.push(notEnforced([...path, 'rateLimits'], 'rate limits are'));
  }
  for (const [path, { strategy = 'weighted' }] of scopes(document)) {
    if (strategy !== 'weighted') {
      problems.push(notEnforced([...path, 'strategy'], `strategy "${strategy}" is`));
    }
  }
  if (document.rules?.length) problems.push(notEnforced(['rules'], 'rules are'));
  return problems;
}

const notEnforced = (path: Path, what: string): DocumentProblem =>
  problemAt(path, `${what} not enforced by this version, so the document is refused; remove the field`);

interface QuotaOwner {
  readonly budgets?: readonly unknown[] | undefined;
  readonly rateLimits?: readonly unknown[] | undefined;
}

/** Everything that can carry quotas, with its path. */
function* quotaOwners(document: GatewayDocument): Generator<readonly [Path, QuotaOwner]> {
  yield [[], document];
  for (const [id, provider] of Object.entries(document.providers)) {
    yield [['providers', id], provider];
    for (const [index, key] of (provider.keys ?? []).entries()) yield [['providers', id, 'keys', index], key];
  }
  for (const [path, scope] of scopes(document)) {
    yield [path, scope];
    for (const [index, grant] of (scope.providers ?? []).entries())
      yield [[...path, 'providers', index], grant];
  }
}

function* scopes(document: GatewayDocument) {
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, scope] of (document[list] ?? []).entries()) yield [[list, index], scope] as const;
  }
}
