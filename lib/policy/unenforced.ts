import { problemAt, type DocumentProblem, type Path } from './document-problem.ts';
import type { GatewayDocument } from './document-schema.ts';

/**
 * What the document can say and this version does not carry out. A limit that is not enforced must not look like one,
 * so a document that uses it is refused. A version that enforces one of these deletes its lines here.
 */
export function unenforced(document: GatewayDocument): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, { strategy = 'weighted' }] of (document[list] ?? []).entries()) {
      if (strategy === 'weighted') continue;
      problems.push(notEnforced([list, index, 'strategy'], `strategy "${strategy}" is`));
    }
  }
  if (document.rules?.length) problems.push(notEnforced(['rules'], 'rules are'));
  return problems;
}

const notEnforced = (path: Path, what: string): DocumentProblem =>
  problemAt(path, `${what} not enforced by this version, so the document is refused; remove the field`);
