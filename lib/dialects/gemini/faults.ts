import type { ProviderFault } from '../../domain/chat.ts';
import { asArray, asNumber, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Headers } from '../../domain/ports.ts';
import { retryAfterMs } from '../retry-after.ts';

const maxMessageChars = 1000;

/** HTTP statuses of google.rpc.Code (googleapis/google/rpc/code.proto), for errors that name the code only. */
const codeStatuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** A non-2xx answer: google.rpc.Status as JSON, bare or in an array, or whatever a proxy on the way says. */
export function readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault {
  const text = Buffer.from(body).toString('utf8').trim();
  const wait = retryAfterMs(headers);
  const fault = readErrorJson(parseJson(text), status) ?? { status, message: plainMessage(status, text) };
  return fault.retryAfterMs === undefined && wait !== undefined ? { ...fault, retryAfterMs: wait } : fault;
}

/** The error a JSON value holds (`{"error": …}`, `[{"error": …}]`), if it holds one; `status` where HTTP told it. */
export function readErrorJson(value: Json | undefined, status?: number): ProviderFault | undefined {
  const holder = Array.isArray(value) ? value[0] : value;
  const error = isObject(holder) ? holder['error'] : undefined;
  if (typeof error === 'string') return { status: status ?? 500, message: clean(error) };
  if (!isObject(error)) return undefined;
  const type = asString(error['status']);
  const named = type !== undefined && Object.hasOwn(codeStatuses, type) ? codeStatuses[type] : undefined;
  const final = status ?? asNumber(error['code']) ?? named ?? 500;
  const message = asString(error['message']);
  const details = asArray(error['details']).map(asObject);
  const code =
    find(details, 'ErrorInfo', 'reason') ?? asString(violation(details, 'QuotaFailure')['quotaId']);
  const param = asString(violation(details, 'BadRequest')['field']);
  const delay = find(details, 'RetryInfo', 'retryDelay');
  const wait = delay === undefined ? undefined : durationMs(delay);
  return {
    status: final,
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    message: message === undefined || message.trim() === '' ? plainMessage(final, '') : clean(message),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

/** Details are told apart by their type URL, `type.googleapis.com/google.rpc.RetryInfo`. */
const detail = (details: readonly JsonObject[], type: string): JsonObject =>
  details.find((entry) => asString(entry['@type'])?.endsWith(`.${type}`) === true) ?? {};

const find = (details: readonly JsonObject[], type: string, field: string): string | undefined =>
  asString(detail(details, type)[field]);

function violation(details: readonly JsonObject[], type: string): JsonObject {
  const entry = detail(details, type);
  return asObject(asArray(entry['violations'] ?? entry['fieldViolations'])[0]);
}

/** A protobuf Duration in JSON: "34s", "0.5s". */
function durationMs(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function plainMessage(status: number, text: string): string {
  const plain = `Gemini answered with status ${status}`;
  if (text === '') return `${plain} and no reason`;
  if (!text.startsWith('<')) return clean(text);
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
  return clean(title === undefined || title === '' ? `${plain} and a web page` : `${plain}: ${title}`);
}

/** Google names the key in "Consumer 'api_key:…' has been suspended". */
const clean = (message: string): string =>
  message
    .replace(/api_key:[\w.-]+|AIza[\w-]{20,}/g, 'api_key:[redacted]')
    .trim()
    .slice(0, maxMessageChars);
