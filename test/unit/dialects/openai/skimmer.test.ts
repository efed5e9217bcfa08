import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Skimmer } from '../../../../lib/dialects/openai/skimmer.ts';

interface Chunk {
  readonly id?: string;
  readonly created?: number;
  readonly text: string;
  readonly finish?: string;
  readonly padding?: string;
}
const event = ({ id = 'c1', created = 1, text, finish, padding }: Chunk): Uint8Array => {
  const choices = [{ index: 0, delta: { content: text }, finish_reason: finish ?? null }];
  const json = { id, created, choices, ...(padding === undefined ? {} : { obfuscation: padding }) };
  return new TextEncoder().encode(`data: ${JSON.stringify(json)}\n\n`);
};
const learnt = (chunk: Chunk): Skimmer => {
  const skimmer = new Skimmer();
  skimmer.learn(event(chunk), 'content', chunk.text);
  return skimmer;
};

describe('an event that is like the one before', () => {
  it('is recognised, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(9), (text, before) => {
        const skimmer = learnt({ text: 'Hi' });
        const one = event({ text });
        const stream = Buffer.concat([Buffer.alloc(before), one, Buffer.from('data: next')]);
        expect(skimmer.fit(stream, before)).toBe(before + one.length);
        expect(skimmer.chars).toBe(text.length);
      }),
    );
  });

  it('may have another id, time and padding', () => {
    const skimmer = learnt({ text: 'Hi', padding: 'xyz' });
    const next = event({ text: 'there', id: 'c22', created: 1234, padding: '' });
    expect(skimmer.fit(next, 0)).toBe(next.length);
  });

  it.each<[string, Uint8Array]>([
    ['another member', event({ text: 'a', padding: 'x' })],
    ['a finish reason', event({ text: 'a', finish: 'stop' })],
    ['no end', event({ text: 'a' }).subarray(0, -1)],
    [
      'a text that does not close',
      new TextEncoder().encode('data: {"id":"c1","created":1,"choices":[{"index":0,"delta":{"content":"a'),
    ],
    [
      'a raw line end in the text',
      new TextEncoder().encode(new TextDecoder().decode(event({ text: 'a_b' })).replace('_', '\n')),
    ],
    [
      'an escape that is none',
      new TextEncoder().encode(new TextDecoder().decode(event({ text: 'a_b' })).replace('_', '\\x')),
    ],
    [
      'a hex escape cut short',
      new TextEncoder().encode(new TextDecoder().decode(event({ text: 'a_b' })).replace('_', '\\u00g0')),
    ],
  ])('is not recognised with %s', (_name, bytes) => {
    expect(learnt({ text: 'Hi' }).fit(bytes, 0)).toBe(-1);
  });
});

describe('an event is no template', () => {
  const tries: [string, string, string, string][] = [
    ['where its key stands twice', 'data: {"content":"a","x":{"content":"a"}}\n\n', 'content', 'a'],
    ['where its value is no string', 'data: {"content":["a"]}\n\n', 'content', 'a'],
    ['where another value stands there', 'data: {"content":"abc"}\n\n', 'content', 'a'],
    ['where it ends otherwise', 'data: {"content":"a"}\r\n\r\n', 'content', 'a'],
  ];
  it.each(tries)('%s', (_name, raw, key, value) => {
    const skimmer = new Skimmer();
    const bytes = new TextEncoder().encode(raw);
    skimmer.learn(bytes, key, value);
    expect(skimmer.fit(bytes, 0)).toBe(-1);
  });

  it('where the stream keeps changing elsewhere', () => {
    const changing = (n: number): Uint8Array =>
      new TextEncoder().encode(`data: {"n":${n},"content":"a"}\n\n`);
    const skimmer = new Skimmer();
    for (let n = 0; n < 100; n += 1) skimmer.learn(changing(n), 'content', 'a');
    expect(skimmer.fit(changing(99), 0)).toBe(-1);
    expect(skimmer.fit(changing(15), 0)).toBe(changing(15).length);
  });

  it('once it is forgotten', () => {
    const skimmer = learnt({ text: 'Hi' });
    skimmer.forget();
    expect(skimmer.fit(event({ text: 'Hi' }), 0)).toBe(-1);
  });
});
