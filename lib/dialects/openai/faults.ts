import type { ProviderFault } from '../../domain/chat.ts';
import {
  asArray,
  asObject,
  asString,
  isObject,
  parseJson,
  type Json,
  type JsonObject,
} from '../../domain/json.ts';
import type { Headers } from '../../domain/ports.ts';
import { retryAfterMs } from '../retry-after.ts';

const maxMessageChars = 1000;

/**
 * A non-2xx answer of an OpenAI-shaped host (developers.openai.com/api/docs/guides/error-codes), in the shapes such
 * hosts really send: `{error: {…}}`, `{error: "…"}`, `{message}`, `{detail}`, `{errors: […]}`, HTML, nothing. Total.
 */
export function readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault {
  const text = new TextDecoder().decode(body);
  const json = parseJson(text);
  const wait = retryAfterMs(headers);
  const said = isObject(json) ? errorIn(json) : undefined;
  const fault = said ?? { message: plainMessage(status, headers, text) };
  return { status, ...fault, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

/** An error inside a 200 answer or stream: its status is the one it names, or the one its type stands for. */
export function faultIn(json: JsonObject): ProviderFault {
  const error = asObject(json['error']);
  const said = errorIn(json) ?? { message: 'The provider reported an error without saying which.' };
  return { status: statusOf(json, error, said), ...said };
}

/** True for a 200 answer or event that is an error: an `error` that says something, or an error in its place. */
export function isError(json: JsonObject): boolean {
  const error = json['error'];
  if (isObject(error)) return Object.keys(error).length > 0;
  if (error) return true;
  return json['object'] === 'error' || (json['type'] === 'error' && json['choices'] === undefined);
}

type Said = Omit<ProviderFault, 'status' | 'retryAfterMs'>;

function errorIn(json: JsonObject): Said | undefined {
  const error = json['error'] ?? json['errors'];
  const source = isObject(error) ? error : isObject(asArray(error)[0]) ? asObject(asArray(error)[0]) : json;
  const message =
    asString(error) ??
    asString(source['message']) ??
    asString(asArray(error)[0]) ??
    detail(source['detail'] ?? json['detail'] ?? asObject(source['message'])['detail']) ??
    asString(json['message']) ??
    asString(source['error_message']) ??
    asString(source['msg']);
  if (message === undefined || message.trim() === '') return undefined;
  const type = asString(source['type']) ?? asString(source['status']);
  const code = source['code'];
  const param = asString(source['param']);
  return {
    message: clean(withUpstream(message, source)),
    ...(type === undefined || type === '' ? {} : { type }),
    ...(typeof code === 'string' && code !== '' ? { code } : {}),
    ...(typeof code === 'number' ? { code: String(code) } : {}),
    ...(param === undefined || param === '' ? {} : { param }),
  };
}

/** OpenRouter says "Provider returned error" and keeps the reason in `metadata.raw`. */
function withUpstream(message: string, source: JsonObject): string {
  const metadata = asObject(source['metadata']);
  const raw = asString(metadata['raw']);
  if (raw === undefined || raw.trim() === '') return message;
  const inner = parseJson(raw);
  const reason = (isObject(inner) ? errorIn(inner)?.message : undefined) ?? raw;
  const name = asString(metadata['provider_name']);
  return `${message}${name === undefined ? '' : ` (${name})`}: ${reason}`;
}

/** FastAPI's `detail`: a text, or a list of what is wrong where. */
function detail(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (isObject(value))
    return asString(value['message']) ?? asString(value['error']) ?? asString(value['msg']);
  const problems = asArray(value).flatMap((entry) => {
    const { loc, msg } = asObject(entry);
    return typeof msg === 'string' ? [`${asArray(loc).map(String).join('.')}: ${msg}`] : [];
  });
  return problems.length === 0 ? undefined : problems.join('; ');
}

function plainMessage(status: number, headers: Headers, text: string): string {
  const start = text.trim();
  if (start === '') return `The provider answered ${status} with an empty body.`;
  const html =
    /^<(!doctype|html|head|body|\?xml)/i.test(start) || (headers['content-type'] ?? '').includes('text/html');
  if (!html) return clean(start);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(start)?.[1]?.trim();
  return clean(`The provider answered ${status} with an HTML page${title ? ` titled "${title}"` : ''}.`);
}

/** One line, no longer than a message need be, without anything that looks like a key. */
function clean(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\b(sk|gsk|xai|csk|pplx|hf|fw|key|nvapi|AIza)[-_][A-Za-z0-9*_-]{6,}/g, '[key]')
    .replace(/\bBearer\s+\S+/gi, 'Bearer [key]');
  return line.length <= maxMessageChars ? line : `${line.slice(0, maxMessageChars - 1)}…`;
}

/** What an error's type or code stands for where the HTTP status says 200. */
const statuses: ReadonlyMap<string, number> = new Map(
  Object.entries({
    invalid_request_error: 400,
    bad_request: 400,
    context_length_exceeded: 400,
    authentication_error: 401,
    invalid_api_key: 401,
    insufficient_credits: 402,
    permission_error: 403,
    not_found_error: 404,
    model_not_found: 404,
    rate_limit_error: 429,
    rate_limit_exceeded: 429,
    insufficient_quota: 429,
    too_many_requests: 429,
    requests: 429,
    tokens: 429,
    server_error: 500,
    internal_server_error: 500,
    internal_error: 500,
    api_error: 500,
    upstream_error: 502,
    bad_gateway: 502,
    overloaded_error: 503,
    service_unavailable: 503,
    service_unavailable_error: 503,
    timeout: 504,
  }),
);

function statusOf(json: JsonObject, error: JsonObject, said: Said): number {
  const named = [
    error['code'],
    error['status'],
    error['status_code'],
    error['http_code'],
    json['code'],
    json['status_code'],
  ]
    .map(Number)
    .find((value) => Number.isInteger(value) && value >= 400 && value < 600);
  const byWord = [said.code, said.type].map((word) => statuses.get(word?.toLowerCase() ?? ''));
  return named ?? byWord.find((status) => status !== undefined) ?? 0;
}
