import type { ProviderFault } from '../../domain/chat.ts';
import { asNumber, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Headers } from '../../domain/ports.ts';
import { retryAfterMs } from '../retry-after.ts';

/** HTTP statuses of Converse's exceptions (API reference, Converse, "Errors"), for those that come inside a stream. */
const statuses: Readonly<Record<string, number>> = {
  ValidationException: 400,
  ServiceQuotaExceededException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ConflictException: 409,
  ModelErrorException: 424,
  ModelStreamErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

const maxMessageChars = 1000;

/** A fault with a message fit for a caller: never empty, cut, without accounts and without what was signed. */
export function fault(
  status: number,
  type: string | undefined,
  message: string,
  retryMs?: number,
): ProviderFault {
  return {
    status,
    ...(type === undefined ? {} : { type }),
    message: publicMessage(message) || `Bedrock answered ${status} and gave no reason`,
    ...(retryMs === undefined ? {} : { retryAfterMs: retryMs }),
  };
}

/** A non-2xx answer: JSON with a message and the type in `x-amzn-errortype` or `__type`; or anything at all. */
export function readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault {
  const text = new TextDecoder().decode(body).trim();
  const parsed = parseJson(text);
  const json = asObject(parsed);
  const type = typeName(headers['x-amzn-errortype'] ?? asString(json['__type']) ?? asString(json['code']));
  const reason = reasonOf(json) ?? (parsed === undefined ? plainText(text, status, headers) : '');
  return fault(status, type, reason, retryAfterMs(headers));
}

/** An `exception` or `error` frame of a stream. */
export function readException(name: string, payload: JsonObject): ProviderFault {
  const type = typeName(name);
  const original = type === 'ModelStreamErrorException' ? asNumber(payload['originalStatusCode']) : undefined;
  const known = type !== undefined && Object.hasOwn(statuses, type) ? statuses[type] : undefined;
  const status = original !== undefined && original >= 400 && original < 600 ? original : (known ?? 500);
  const reason = reasonOf(payload) ?? asString(payload['originalMessage']);
  return fault(status, type, reason ?? `Bedrock ended the stream with ${type ?? 'an error'}`);
}

/** An error that wears a 200 (`{"Output":{"__type":...}}`), or a body that is no Converse answer at all. */
export function faultInBody(wire: JsonObject): ProviderFault {
  const inner = isObject(wire['Output']) ? wire['Output'] : wire;
  const type = typeName(asString(inner['__type']));
  if (type === undefined) return fault(502, undefined, 'Bedrock answered 200 without a message');
  const status = Object.hasOwn(statuses, type) ? statuses[type] : undefined;
  return fault(status ?? 502, type, reasonOf(inner) ?? `Bedrock answered 200 with ${type}`);
}

/** `com.amazon.coral.validate#ValidationException:http://…` and `throttlingException` both end up in plain words. */
function typeName(raw: string | undefined): string | undefined {
  const name = raw?.split(':', 1)[0]?.split('#').at(-1)?.trim().slice(0, 100) ?? '';
  return name === '' ? undefined : name.charAt(0).toUpperCase() + name.slice(1);
}

const reasonOf = (json: JsonObject): string | undefined =>
  asString(json['message']) ?? asString(json['Message']) ?? asString(json['errorMessage']);

function plainText(text: string, status: number, headers: Headers): string {
  const contentType = headers['content-type'] ?? '';
  const markup = contentType.includes('html') || text.startsWith('<');
  return markup ? `Bedrock answered ${status} with a page instead of JSON` : text;
}

/**
 * AWS quotes whole ARNs (account, role) when it denies access, and the canonical request with its session token when
 * a signature does not match.
 */
function publicMessage(message: string): string {
  return message
    .replace(/\s*(The Canonical String for this request|The String-to-Sign|Authorization=)[\s\S]*$/i, '')
    .replace(/\barn:aws[\w-]*:[^\s"',]+/g, (arn) =>
      arn.includes(':bedrock:') ? modelOf(arn) : 'the gateway',
    )
    .trim()
    .slice(0, maxMessageChars);
}

const modelOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
