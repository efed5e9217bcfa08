import { SettlementsUnavailable } from '../domain/dead-settlements.ts';
import { LedgerUnavailable } from '../domain/quota-ledger.ts';
import { EntryTooLarge, StaleVersion, WriteInProgress } from '../stores/governance-errors.ts';
import { AdminError, errorBody } from './errors.ts';
import type { AdminResponse, Answer } from './ports.ts';

/** Lambda takes 6 MB as an answer, counted after JSON escaping. */
const mostBytes = 6 * 1024 * 1024 - 64 * 1024;

/** @throws AdminError `answer_too_large` */
export function respond({ status = 200, body }: Answer): AdminResponse {
  const text = JSON.stringify(body);
  // A character is three bytes at most.
  if (text.length * 3 > mostBytes && Buffer.byteLength(JSON.stringify(text)) > mostBytes) {
    throw new AdminError(
      'answer_too_large',
      'the answer exceeds what a function may return (about 5 MB); read the document with virtualKeys=omit and its keys with GET /keys',
    );
  }
  return { status, headers, body: text };
}

export function refuse(error: AdminError): AdminResponse {
  return {
    status: error.status,
    headers: { ...headers, ...error.headers },
    body: JSON.stringify(errorBody(error)),
  };
}

/** Nobody between here and the administrator keeps a copy of a key. */
const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** Whatever was thrown, as an administrator is told of it. */
export function adminErrorOf(error: unknown): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof StaleVersion) return new AdminError('stale_version', error.message);
  if (error instanceof WriteInProgress) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    return new AdminError('write_in_progress', error.message, {
      headers: { 'retry-after': String(seconds) },
    });
  }
  if (error instanceof EntryTooLarge) return new AdminError('invalid_document', error.message);
  if (isStoreFault(error)) {
    return new AdminError('unavailable', 'a store of the gateway does not answer; try again', {
      headers: { 'retry-after': '1' },
    });
  }
  return new AdminError('internal_error', 'the administration failed to answer');
}

/** The AWS SDK puts `$metadata` on everything it rejects with, whether the service answered or not. */
const isStoreFault = (error: unknown): boolean =>
  error instanceof LedgerUnavailable ||
  error instanceof SettlementsUnavailable ||
  (error instanceof Error && '$metadata' in error);
