import * as z from 'zod';
import type { DocumentChange, StoredDocument } from '../domain/administration.ts';
import { asArray } from '../domain/json.ts';
import { diffDocuments } from '../policy/document-diff.ts';
import { StaleVersion } from '../stores/governance-errors.ts';
import { bodyOf, queryOf, strict, virtualKeysQuery } from './asked.ts';
import { checked, store } from './change.ts';
import { AdminError } from './errors.ts';
import type { Administration, Call, Handle } from './ports.ts';

/** The document in force: read, tried out, replaced. */

const nothingYet: StoredDocument = { version: 0, document: {} };

export const readDocument: Handle = async (admin, call) => {
  const { virtualKeys } = queryOf(call, virtualKeysQuery('omit'));
  const { version, document } = (await admin.home.read()) ?? nothingYet;
  if (virtualKeys === undefined) return { body: { version, document } };
  const { virtualKeys: _left, ...rest } = document;
  return { body: { version, document: rest } };
};

const anObject = z.record(z.string(), z.unknown());

export const checkDocument: Handle = async (admin, call) => {
  const { document } = bodyOf(call, strict({ document: anObject }));
  const { version, changes, warnings } = await proposed(admin, call, document);
  return { body: { version, ...told(changes, warnings) } };
};

export const replaceDocument: Handle = async (admin, call) => {
  const { expectedVersion, document } = bodyOf(
    call,
    strict({ expectedVersion: z.int().min(0), document: anObject }),
  );
  const { parsed, changes, warnings } = await proposed(admin, call, document, expectedVersion);
  const version = await store(admin, call, parsed, expectedVersion, { changes });
  return { body: { version, ...told(changes, warnings) } };
};

/** A document beside the one in force, of whose version it has to be made where one is expected. */
async function proposed(admin: Administration, call: Call, given: object, expectedVersion?: number) {
  const { virtualKeys } = queryOf(call, virtualKeysQuery('keep'));
  if (virtualKeys !== undefined && 'virtualKeys' in given) {
    const reason = 'must be left out, also when it is [], where the stored ones are kept';
    throw new AdminError(
      'invalid_request',
      `document.virtualKeys: ${reason} (virtualKeys=keep; on the command line --keep-keys)`,
      { param: 'document.virtualKeys' },
    );
  }
  const { version, document } = (await admin.home.read()) ?? nothingYet;
  if (expectedVersion !== undefined && expectedVersion !== version) {
    throw new StaleVersion(expectedVersion, version);
  }
  const kept = document['virtualKeys'];
  const keeps = virtualKeys !== undefined && kept !== undefined;
  const whole = keeps ? { ...given, virtualKeys: kept } : given;
  const { document: parsed, warnings } = checked(admin, whole, keeps ? { storedKeys: asArray(kept) } : {});
  return { version, parsed, warnings, changes: diffDocuments(document, parsed) };
}

/** Of each kind an answer names so many, and so many bytes of changes: it has to fit where the change itself did. */
const most = 1_000;
const mostBytes = 1024 * 1024;

function told(changes: readonly DocumentChange[], warnings: readonly string[]) {
  let bytes = 0;
  const shown = changes.slice(0, most).filter((change) => {
    bytes += Buffer.byteLength(JSON.stringify(change));
    return bytes <= mostBytes;
  });
  const [changesOmitted, warningsOmitted] = [changes.length - shown.length, warnings.length - most];
  return {
    changes: shown,
    ...(changesOmitted > 0 && { changesOmitted }),
    warnings: warnings.slice(0, most),
    ...(warningsOmitted > 0 && { warningsOmitted }),
  };
}
