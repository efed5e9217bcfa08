import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { FrameDecoder } from '../../../../lib/dialects/bedrock/frames.ts';
import { frame } from './wire.ts';

const wire = Buffer.concat([
  frame({ ':event-type': 'a' }, 'one'),
  frame({ ':event-type': 'b', x: 'wörld' }, ''),
]);

function decode(chunks: readonly Uint8Array[]) {
  const decoder = new FrameDecoder();
  const frames = chunks.flatMap((chunk) => decoder.push(chunk));
  return {
    frames: frames.map(({ headers, body }) => [headers, Buffer.from(body).toString()]),
    corrupt: decoder.corrupt,
  };
}

describe('FrameDecoder', () => {
  it('reads frames, wherever they are cut', () => {
    const whole = decode([wire]);
    expect(whole).toEqual({
      frames: [
        [{ ':event-type': 'a' }, 'one'],
        [{ ':event-type': 'b', x: 'wörld' }, ''],
      ],
      corrupt: undefined,
    });
    for (let at = 0; at <= wire.length; at += 1) {
      expect(decode([wire.subarray(0, at), wire.subarray(at)]), `cut at ${at}`).toEqual(whole);
    }
    expect(decode([...wire].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it('reads nothing behind a flipped bit, but keeps the frames before it', () => {
    const first = frame({ ':event-type': 'a' }, 'one');
    for (let at = 0; at < first.length; at += 1) {
      const broken = Buffer.concat([first, first, first]);
      broken[first.length + at] = (broken[first.length + at] ?? 0) ^ 1;
      const { frames, corrupt } = decode([broken]);
      expect(frames, `byte ${at}`).toHaveLength(1);
      expect(corrupt, `byte ${at}`).toMatch(/impossible length|checksum/);
    }
  });

  it('refuses a frame over 16 MB from its first twelve bytes', () => {
    const prelude = Buffer.from(frame({}, '').subarray(0, 12));
    prelude.writeUInt32BE(16 * 1024 * 1024 + 1, 0);
    expect(decode([prelude]).corrupt).toBe('a frame with an impossible length');
  });

  it('refuses what is no event stream at all', () => {
    expect(decode([Buffer.from('{"message":"not an event stream"}')]).corrupt).toBeDefined();
    expect(decode([Buffer.from('<html><body>Bad Gateway</body></html>')]).corrupt).toBeDefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        decode([frame({ a: 'b' }, 'c'), ...chunks]);
      }),
    );
  });
});
