import { isObject, parseJson, type JsonObject } from '../domain/json.ts';
import type { Credential } from '../domain/policy.ts';

/** A secret that is no credential. The reason holds no part of its value. */
export interface SecretUnusable {
  readonly kind: 'unusable';
  readonly reason: string;
}

export type SecretReading = Credential | SecretUnusable;

export const unusable = (reason: string): SecretUnusable => ({ kind: 'unusable', reason });

/** Header values carry no spaces, line breaks or other control characters inside a key. */
const visible = /^[!-~]+$/;

/**
 * Reads a secret's text: a plain key; `{"apiKey": "..."}`; or AWS credentials `{"accessKeyId", "secretAccessKey",
 * "sessionToken"?}`. White space around it does not count. Total: what is none of these is unusable, with the reason.
 */
export function parseSecret(text: string): SecretReading {
  const trimmed = text.trim();
  if (trimmed === '') return unusable('is empty');
  if (!/^[[{"]/.test(trimmed)) return apiKey(trimmed, 'its text');
  const json = parseJson(trimmed);
  if (json === undefined) return unusable('begins like JSON and is not valid JSON');
  if (typeof json === 'string') return apiKey(json, 'its text');
  if (!isObject(json)) return unusable('must be a plain text or a JSON object');
  if (json['apiKey'] !== undefined) return apiKey(json['apiKey'], 'field "apiKey"');
  if (json['accessKeyId'] !== undefined || json['secretAccessKey'] !== undefined) return awsCredential(json);
  return unusable('has neither field "apiKey" nor fields "accessKeyId" and "secretAccessKey"');
}

const apiKey = (value: unknown, where: string): SecretReading =>
  isVisible(value) ? { kind: 'api_key', value } : unusable(`${where} ${rule}`);

function awsCredential(json: JsonObject): SecretReading {
  const { accessKeyId, secretAccessKey, sessionToken } = json;
  if (!isVisible(accessKeyId)) return unusable(`field "accessKeyId" ${rule}`);
  if (!isVisible(secretAccessKey)) return unusable(`field "secretAccessKey" ${rule}`);
  if (sessionToken === undefined) return { kind: 'aws', accessKeyId, secretAccessKey };
  if (!isVisible(sessionToken)) return unusable(`field "sessionToken" ${rule}`);
  return { kind: 'aws', accessKeyId, secretAccessKey, sessionToken };
}

const rule = 'must be text of visible ASCII characters, not empty';
const isVisible = (value: unknown): value is string => typeof value === 'string' && visible.test(value);
