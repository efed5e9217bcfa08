import type { ProviderFault } from '../../domain/chat.ts';
import { asString, isObject, parseJson, type JsonObject } from '../../domain/json.ts';
import type { Operation } from '../../domain/policy.ts';
import type { Headers } from '../../domain/ports.ts';
import type { ReplyReading } from '../contract.ts';
import { faultIn, isError, readFault } from './faults.ts';
import { readUsage } from './usage.ts';

/** What a whole answer must have to be one. */
const required: Readonly<Record<Operation, readonly string[]>> = {
  chat: ['choices'],
  responses: ['output'],
  embeddings: ['data'],
};

/** A whole 2xx answer: its bytes stay as they are, they are parsed once for model, usage and errors that wear a 200. */
export function readReply(
  operation: Operation,
  askedModel: string,
  headers: Headers,
  body: Uint8Array,
): ReplyReading {
  const json = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (!isObject(json)) {
    const { message } = readFault(200, headers, body);
    return { ok: false, fault: { status: 0, message: `The provider answered 200 without JSON: ${message}` } };
  }
  const fault = faultOf(operation, json);
  if (fault !== undefined) return { ok: false, fault };
  const model = asString(json['model']);
  const usage = readUsage(json, askedModel);
  return {
    ok: true,
    body,
    contentType: headers['content-type'] ?? 'application/json',
    ...(model === undefined || model === '' ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function faultOf(operation: Operation, json: JsonObject): ProviderFault | undefined {
  if (isError(json)) return faultIn(json);
  const missing = required[operation].find((field) => !Array.isArray(json[field]));
  if (missing === undefined) return json['status'] === 'failed' ? faultIn(json) : undefined;
  return { ...faultIn(json), message: `The provider's answer has no "${missing}".` };
}
