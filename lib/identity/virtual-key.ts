import { hash } from 'node:crypto';
import { GatewayError } from '../domain/failure.ts';
import type { Headers } from '../domain/ports.ts';

/** The form in which a virtual key is stored and looked up: "sha256:" and 64 lower-case hex digits. */
export const hashVirtualKey = (clear: string): string => `sha256:${hash('sha256', clear, 'hex')}`;

/** No key is longer; what is longer is not worth a look-up. */
const longestKey = 256;

/**
 * The virtual key a request presents as `Authorization: Bearer <key>` (RFC 6750 section 2.1; the scheme's case does
 * not count, RFC 9110 section 11.1), or what is wrong with the header. Header names are lower-case. The message never
 * repeats what was sent.
 */
export function presentedKey(headers: Headers): string | GatewayError {
  const header = headers['authorization']?.trim();
  if (header === undefined || header === '') {
    return refusal('header "Authorization" is missing; send "Authorization: Bearer <virtual key>"');
  }
  const [scheme = '', key = '', ...rest] = header.split(/[ \t]+/);
  if (scheme.toLowerCase() !== 'bearer' || key === '' || rest.length > 0) {
    return refusal('header "Authorization" must be "Bearer <virtual key>"');
  }
  if (key.length > longestKey) return refusal('the virtual key in header "Authorization" is not valid');
  return key;
}

export const refusal = (message: string): GatewayError =>
  new GatewayError('invalid_virtual_key', message, { shouldRetry: false });
