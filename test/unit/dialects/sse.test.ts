import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxEventChars, SseDecoder, type SseEvent } from '../../../lib/dialects/sse.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
function decode(pieces: readonly Uint8Array[]): SseEvent[] {
  const decoder = new SseDecoder();
  return [...pieces.flatMap((piece) => decoder.push(piece)), ...decoder.end()];
}
const data = (text: string): string[] => decode([encode(text)]).map((event) => event.data);

describe('server-sent events', () => {
  it('are read with their names', () => {
    expect(decode([encode('event: ping\ndata: {}\n\ndata: a\n\n')])).toEqual([
      { event: 'ping', data: '{}' },
      { event: '', data: 'a' },
    ]);
  });

  it.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['a mixture', 'data: a\r\n\ndata: b\n\r\ndata: c\r\r\n', ['a', 'b', 'c']],
    ['several lines of data', 'data: a\ndata:b\ndata:  c\n\n', ['a\nb\n c']],
    ['several lines of data in CRLF', 'data: a\r\ndata: b\r\n\r\n', ['a\nb']],
    ['comments and other fields', ': hello\nid: 1\nretry: 5\ndata: a\n\n: bye\n\n', ['a']],
    ['an event without data', 'event: x\n\ndata: a\n\n', ['a']],
    ['a field without a value', 'data\n\n', ['']],
    ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
    ['no blank line at the end', 'data: a\n\ndata: b', ['a', 'b']],
  ])('with %s', (_name, text, expected) => {
    expect(data(text)).toEqual(expected);
  });

  it('are the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('data: ä🌍\n', 'data: b\r\n', 'event: e\r', '\n', '\r\n', '\r', ': c\n'), {
          maxLength: 12,
        }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        (lines, cuts) => {
          const bytes = encode(lines.join(''));
          const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
            (a, b) => a - b,
          );
          const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
          expect(decode(pieces)).toEqual(decode([bytes]));
        },
      ),
    );
  });

  it('are given up where one has no end', () => {
    const decoder = new SseDecoder();
    const chunk = encode(`data: ${'x'.repeat(maxEventChars / 4)}`);
    for (let n = 0; n < 5; n += 1) expect(decoder.push(chunk)).toEqual([]);
    expect(decoder.overflowed).toBe(true);
    expect(decoder.push(encode('\n\ndata: a\n\n'))).toEqual([]);
  });
});
