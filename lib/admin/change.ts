import type { DocumentChange, StoredDocument } from '../domain/administration.ts';
import { asObject, asString } from '../domain/json.ts';
import type { QuotaUnit, Owner } from '../domain/quota.ts';
import { parseDocument, type DocumentProblem, type GatewayDocument } from '../policy/document.ts';
import { StaleVersion } from '../stores/governance-errors.ts';
import { AdminError } from './errors.ts';
import type { Administration, Call } from './ports.ts';

/** What a call makes of the document in force. */
export interface Edit<T> {
  readonly value: T;
  /** Absent: there is nothing to change, so that nothing is stored. */
  readonly to?: {
    readonly document: object;
    readonly changes: readonly DocumentChange[];
    readonly topUps?: readonly OwnedTopUp[];
    /** The entry the call is about: its problems are told by their path within it. */
    readonly entry?: string;
  };
}

export interface OwnedTopUp {
  readonly owner: Owner;
  readonly quota: string;
  readonly unit: QuotaUnit;
  readonly window: string;
  readonly amount: number;
}

/**
 * Edits the document in force and stores it as the next version, with who did it. Whoever was faster makes it be read
 * and edited anew, once. Rejects with AdminError where the result is no valid document, and with what the store throws.
 */
export async function changeDocument<T>(
  admin: Administration,
  call: Call,
  edit: (current: StoredDocument) => Edit<T> | Promise<Edit<T>>,
): Promise<{ readonly version: number; readonly value: T }> {
  for (let attempt = 1; ; attempt++) {
    const current = await admin.home.read();
    if (current === undefined) {
      throw new AdminError(
        'invalid_document',
        'no document is stored yet; store one with PUT /document first',
      );
    }
    const { value, to } = await edit(current);
    if (to === undefined) return { version: current.version, value };
    const { document } = checked(admin, to.document, { entry: to.entry });
    try {
      return { version: await store(admin, call, document, current.version, to), value };
    } catch (error) {
      if (!(error instanceof StaleVersion) || attempt > 1) throw error;
    }
  }
}

export const store = (
  admin: Administration,
  { action, actor, requestId }: Call,
  document: GatewayDocument,
  expectedVersion: number,
  { changes, topUps }: Pick<NonNullable<Edit<unknown>['to']>, 'changes' | 'topUps'>,
): Promise<number> =>
  admin.home.put(document, expectedVersion, {
    note: { action, actor, requestId, changes },
    ...(topUps !== undefined && { topUps }),
  });

/** Whose problems they are, where it is not the document's that was sent. */
interface About {
  /** The entry the call is about: its problems are told by their path within it. */
  readonly entry?: string | undefined;
  /** Virtual keys nobody sent: they have ids, and no place in what was sent. */
  readonly storedKeys?: readonly unknown[];
}

/** The document as it would be stored. @throws AdminError `invalid_document` naming every problem */
export function checked(admin: Administration, value: unknown, { entry, storedKeys = [] }: About = {}) {
  const parsed = parseDocument(value, admin.rules);
  if (parsed.ok) return parsed;
  const within = (path: string): boolean => entry !== undefined && path.startsWith(`${entry}.`);
  const foreign = entry !== undefined && !parsed.problems.some(({ path }) => within(path) || path === entry);
  const problems = parsed.problems.map((problem) =>
    within(problem.path)
      ? { ...problem, path: problem.path.slice(`${entry}.`.length) }
      : ofStoredKey(problem, storedKeys),
  );
  throw new AdminError('invalid_document', summary(problems, foreign), { problems });
}

function ofStoredKey(problem: DocumentProblem, storedKeys: readonly unknown[]): DocumentProblem {
  const [, index = '', rest = ''] = /^virtualKeys\[(\d+)\](.*)$/.exec(problem.path) ?? [];
  const id = asString(asObject(storedKeys[Number(index)])['id']);
  if (index === '' || id === undefined) return problem;
  return { path: `virtualKeys.${id}${rest}`, message: `${problem.message} (a stored virtual key)` };
}

function summary(problems: readonly DocumentProblem[], foreign: boolean): string {
  const whose = foreign ? 'the document in force, which this version would not store,' : 'the document';
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const [first] = problems;
  return `${whose} has ${count}${first === undefined ? '' : `; ${first.path}: ${first.message}`}`;
}
