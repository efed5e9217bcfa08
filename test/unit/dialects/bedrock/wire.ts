import { crc32 } from 'node:zlib';

/** One event-stream frame, written out by hand: string headers only. */
export function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7]),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(crc32(message));
  return Buffer.concat([message, end]);
}

/** Frames as ConverseStream sends them, padding and all. */
export const events = (...named: readonly (readonly [string, object])[]): Buffer =>
  Buffer.concat(
    named.map(([name, payload]) =>
      frame(
        { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
        JSON.stringify({ ...payload, p: 'abcdefgh' }),
      ),
    ),
  );

export const exception = (name: string, payload: object): Buffer =>
  frame(
    { ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(payload),
  );
