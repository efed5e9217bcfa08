import type { ProviderFault } from '../../domain/chat.ts';
import { asObject, asString, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Headers } from '../../domain/ports.ts';
import { retryAfterMs } from '../retry-after.ts';

/** The status each error type stands for (docs: "Errors"), for errors that come with a 200. */
const statusOf: ReadonlyMap<string, number> = new Map<string, number>([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);
const maxMessageChars = 1000;

/** A 2xx body that is no answer. */
export const notAMessage: ProviderFault = {
  status: 502,
  type: 'malformed_response',
  message: 'The provider answered with something that is not an Anthropic message.',
};

/** A non-2xx answer. Total: what is not JSON gives a plain message, and none of its text, which may name hosts. */
export function readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault {
  const wait = retryAfterMs(headers);
  return {
    status,
    ...readError(asObject(parseJson(new TextDecoder().decode(body))), `status ${status}`),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

/** An error that came with a 200, in a stream or as a body: `{"type": "error", "error": {...}}`. */
export function faultInside(body: JsonObject): ProviderFault {
  const error = readError(body, 'an error');
  return { status: statusOf.get(error.type ?? '') ?? 500, ...error };
}

function readError(body: JsonObject, fallback: string): Omit<ProviderFault, 'status'> {
  const error = asObject(body['error']);
  const type = asString(error['type']);
  const code = asString(error['code']) ?? asString(asObject(error['details'])['error_code']);
  const message =
    asString(error['message'])?.trim() || asString(body['error']) || asString(body['message']) || '';
  return {
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    message:
      message === ''
        ? `The provider answered with ${fallback} and gave no reason.`
        : message.slice(0, maxMessageChars),
  };
}
