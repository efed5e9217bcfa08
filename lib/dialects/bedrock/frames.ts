import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';

/** One message of an event stream: its string headers and its payload. */
export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** No frame of Bedrock's comes near it; a longer one means that the stream is out of step. */
export const maxFrameBytes = 16 * 1024 * 1024;

const preludeBytes = 12;
/** Prelude and the checksum at the end. */
const minFrameBytes = preludeBytes + 4;

/** Buffer reads short strings several times faster than TextDecoder. */
const textOf = (input: ArrayBuffer | ArrayBufferView): string =>
  ArrayBuffer.isView(input)
    ? Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8')
    : Buffer.from(input).toString('utf8');
const codec = new EventStreamCodec(
  (input) => (typeof input === 'string' ? input : textOf(input)),
  (text) => new TextEncoder().encode(text),
);

/**
 * `application/vnd.amazon.eventstream`, incrementally (Amazon Transcribe and Smithy document the format): total length,
 * header length, checksum of these two, headers, payload, checksum of all. Bytes may be cut anywhere.
 */
export class FrameDecoder {
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #needed = preludeBytes;
  /** Why nothing more is read: frames have no marker to find the next one by. */
  corrupt: string | undefined;

  /** The frames completed by these bytes. */
  push(chunk: Uint8Array): Frame[] {
    if (this.corrupt !== undefined || chunk.byteLength === 0) return [];
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    if (this.#buffered < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const frames: Frame[] = [];
    const rest = bytes.subarray(this.#take(bytes, frames));
    this.#chunks = rest.byteLength === 0 ? [] : [rest];
    this.#buffered = rest.byteLength;
    return frames;
  }

  /** Reads whole frames from the front; answers where the rest begins. */
  #take(bytes: Uint8Array, frames: Frame[]): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (;;) {
      this.#needed = preludeBytes;
      if (bytes.byteLength - at < preludeBytes) return at;
      const length = view.getUint32(at);
      if (!soundPrelude(view, bytes, at, length))
        return this.#fail('a frame with an impossible length', bytes);
      this.#needed = length;
      if (bytes.byteLength - at < length) return at;
      const frame = decode(bytes.subarray(at, at + length));
      if (frame === undefined) return this.#fail('a frame whose checksum does not match', bytes);
      frames.push(frame);
      at += length;
    }
  }

  #fail(reason: string, bytes: Uint8Array): number {
    this.corrupt = reason;
    return bytes.byteLength;
  }
}

function soundPrelude(view: DataView, bytes: Uint8Array, at: number, length: number): boolean {
  if (length < minFrameBytes || length > maxFrameBytes) return false;
  if (view.getUint32(at + 4) > length - minFrameBytes) return false;
  return view.getUint32(at + 8) === crc32(bytes.subarray(at, at + 8));
}

function decode(bytes: Uint8Array): Frame | undefined {
  try {
    const { headers, body } = codec.decode(bytes);
    const strings = Object.entries(headers).flatMap(([name, { value }]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    return { headers: Object.fromEntries(strings), body };
  } catch {
    return undefined;
  }
}
