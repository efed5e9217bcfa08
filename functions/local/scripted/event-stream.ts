import { crc32 } from 'node:zlib';
import type { JsonObject } from '../../../lib/domain/json.ts';

const stringHeader = 7;

/**
 * One message of an AWS event stream: lengths, CRC of the lengths, headers, payload, CRC of all (Amazon Transcribe
 * Developer Guide, "Event stream encoding"; all headers here are strings).
 */
export function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: string): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(payload, 'utf8');
  const message = Buffer.alloc(12 + head.length + body.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  body.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

function header(name: string, value: string): Buffer {
  const text = Buffer.from(value, 'utf8');
  const start = Buffer.from([name.length, ...Buffer.from(name, 'utf8'), stringHeader]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([start, length, text]);
}

/** An event as Bedrock sends it. */
export const bedrockEvent = (type: string, data: JsonObject): Uint8Array =>
  eventStreamMessage(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(data),
  );

/** An exception inside a Bedrock stream. */
export const bedrockException = (type: string, data: JsonObject): Uint8Array =>
  eventStreamMessage(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(data),
  );
