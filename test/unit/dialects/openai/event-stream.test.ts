import { describe, expect, it } from 'vitest';
import { EventStream, type EventInspector } from '../../../../lib/dialects/openai/event-stream.ts';
import { outputText as text } from '../../../contract/openai-answer.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads `text` in these pieces; keeps back what says "hide", fails at "fail". */
function read(pieces: readonly (string | Uint8Array)[]) {
  const seen: (readonly [event: string, data: string])[] = [];
  const inspector: EventInspector = {
    skim: () => -1,
    read: (event, data) => {
      seen.push([event, data]);
      if (data.includes('fail')) return { status: 500, message: data };
      return data.includes('hide') ? 'drop' : 'forward';
    },
  };
  const stream = new EventStream(inspector);
  const steps = pieces.map((piece) => stream.push(typeof piece === 'string' ? bytes(piece) : piece));
  const last = stream.end();
  const outputs = [...steps, last].map(({ output }) => text(output));
  return { seen, outputs, out: outputs.join(''), fault: [...steps, last].find(({ fault }) => fault)?.fault };
}

describe('server-sent events passed through', () => {
  it('forwards whole events only, and all of a push at once', () => {
    const { outputs } = read(['data: a\n\ndata: b', '\n', '\ndata: c\n\n']);
    expect(outputs).toEqual(['data: a\n\n', '', 'data: b\n\ndata: c\n\n', '']);
  });

  it('hands the same bytes on, uncopied, where nothing is kept back', () => {
    const inspector: EventInspector = { skim: () => -1, read: () => 'forward' };
    const chunk = bytes('data: a\n\ndata: b\n\n');
    expect(new EventStream(inspector).push(chunk).output).toBe(chunk);
  });

  it.each([
    ['LF', 'event: x\ndata: a\n\ndata: b\n\n'],
    ['CRLF', 'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n'],
    ['CR', 'event: x\rdata: a\r\rdata: b\r\rdata:\n\n'],
    ['a mixture', 'event: x\r\ndata: a\n\r\ndata: b\r\n\n'],
  ])('reads lines that end in %s, cut anywhere', (_name, stream) => {
    const whole = read([stream]);
    expect(whole.seen.slice(0, 2)).toEqual([
      ['x', 'a'],
      ['', 'b'],
    ]);
    expect(whole.out).toBe(stream);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const halves = read([stream.slice(0, cut), stream.slice(cut)]);
      expect(halves.out).toBe(stream);
      expect(halves.seen).toEqual(whole.seen);
    }
    expect(read(Array.from(stream)).seen).toEqual(whole.seen);
  });

  it('reads data of several lines, without a space, and beyond ASCII', () => {
    expect(read(['data:a\ndata: b\nid: 7\n\ndata: wörld 🌍\n\n']).seen).toEqual([
      ['', 'a\nb'],
      ['', 'wörld 🌍'],
    ]);
  });

  it('forwards comments and empty lines without reading them', () => {
    const stream = ': OPENROUTER PROCESSING\n\nevent: ping\n\ndata: a\n\n';
    expect(read([stream])).toMatchObject({ out: stream, seen: [['', 'a']] });
  });

  it('drops a byte order mark', () => {
    expect(read([Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes('data: a\n\n'))])).toMatchObject({
      out: 'data: a\n\n',
      seen: [['', 'a']],
    });
  });

  it('keeps events back', () => {
    expect(read(['data: a\n\ndata: hide\n\ndata: b\n\n']).outputs).toEqual(['data: a\n\ndata: b\n\n', '']);
    expect(read(['data: hide\n\n', 'data: b\n\n']).out).toBe('data: b\n\n');
  });

  it('ends at a fault; what came before it stays good', () => {
    const { out, seen, fault } = read(['data: a\n\ndata: fail\n\ndata: b\n\n', 'data: c\n\n']);
    expect(out).toBe('data: a\n\n');
    expect(fault?.message).toBe('fail');
    expect(seen).toHaveLength(2);
  });

  it('reads a last event without its blank line, and gives it one', () => {
    expect(read(['data: a\n\ndata: b'])).toMatchObject({ out: 'data: a\n\ndata: b\n\n' });
    expect(read(['data: b\n']).seen).toEqual([['', 'b']]);
  });

  it('holds what the caller may overwrite as a copy', () => {
    const inspector: EventInspector = { skim: () => -1, read: () => 'forward' };
    const stream = new EventStream(inspector);
    const chunk = bytes('data: abc');
    stream.push(chunk);
    chunk.fill(0x78);
    expect(text(stream.push(bytes('\n\n')).output)).toBe('data: abc\n\n');
  });

  it('does not gather an event without end', () => {
    const inspector: EventInspector = { skim: () => -1, read: () => 'forward' };
    const stream = new EventStream(inspector);
    const chunk = new Uint8Array(8 * 1024 * 1024).fill(0x61);
    const faults = Array.from({ length: 6 }, () => stream.push(chunk).fault?.message);
    expect(faults.filter(Boolean)).toEqual(['An event of the stream is too large.']);
  });
});
