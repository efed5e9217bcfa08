import { createHash } from 'node:crypto';
import type { Quirks } from '../../domain/policy.ts';

const alphabets = { alphanumeric: /^[A-Za-z0-9]+$/, urlsafe: /^[A-Za-z0-9_-]+$/ } as const;

/** The id as a host takes it: itself where it fits, otherwise always the same letters and digits for the same id. */
export function fittingId(id: string, rule: NonNullable<Quirks['toolCallIds']>): string {
  const length = rule.exactLength === true ? id.length === rule.maxLength : id.length <= rule.maxLength;
  if (length && alphabets[rule.alphabet].test(id)) return id;
  // Hexadecimal digits are in every alphabet.
  return createHash('sha256').update(id).digest('hex').slice(0, rule.maxLength);
}
