import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace, timeMs, TraceError, type Arrival } from '../../../../bench/simulate/trace.ts';

async function read(...chunks: readonly string[]): Promise<readonly Arrival[]> {
  const text = (async function* () {
    yield* chunks;
  })();
  const arrivals: Arrival[] = [];
  for await (const arrival of readTrace(text)) arrivals.push(arrival);
  return arrivals;
}

const header = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const atMs = Date.UTC(2023, 10, 16, 18, 17, 3, 980);

describe('a trace', () => {
  it('is read as Azure publishes it', async () => {
    expect(
      await read(
        `${header}\r\n2023-11-16 18:17:03.9799600,4808,10\r\n2023-11-16 18:17:04.0319600,110,27\r\n`,
      ),
    ).toEqual([
      { atMs, inputTokens: 4808, outputTokens: 10 },
      { atMs: atMs + 52, inputTokens: 110, outputTokens: 27 },
    ]);
  });

  it('is the same however its text is cut', async () => {
    const text = `\uFEFF${header},model\n1.5,10,20,small\n2,30,40,\n`;
    const whole = await read(text);
    expect(whole).toEqual([
      { atMs: Date.UTC(2026, 0, 5) + 1_500, inputTokens: 10, outputTokens: 20, model: 'small' },
      { atMs: Date.UTC(2026, 0, 5) + 2_000, inputTokens: 30, outputTokens: 40 },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), async (at) => {
        expect(await read(text.slice(0, at), text.slice(at))).toEqual(whole);
      }),
    );
  });

  it('may name columns in any order, with key, session and region', async () => {
    expect(
      await read('region,key,TIMESTAMP,GeneratedTokens,ContextTokens,session\neu-west-1,app,0,2,1,s'),
    ).toEqual([
      {
        atMs: Date.UTC(2026, 0, 5),
        inputTokens: 1,
        outputTokens: 2,
        key: 'app',
        session: 's',
        region: 'eu-west-1',
      },
    ]);
  });

  it.each([
    ['nothing', '', 'the trace is empty'],
    ['no header', '1,2,3\n', 'line 1: column "1" is none of'],
    ['an unknown column', `${header},prompt\n`, 'line 1: column "prompt" is none of TIMESTAMP'],
    ['a missing column', 'TIMESTAMP,ContextTokens\n', 'line 1: column GeneratedTokens is missing'],
    ['a column twice', `${header},key,key\n`, 'line 1: column key is there twice'],
    ['a short line', `${header}\n1,2\n`, 'line 2: 2 values under 3 columns'],
    ['a time that is none', `${header}\nsoon,1,1\n`, 'line 2: TIMESTAMP must be'],
    ['a day that is none', `${header}\n2023-02-30 00:00:00,1,1\n`, 'line 2: TIMESTAMP must be'],
    ['tokens that are none', `${header}\n0,1,1\n\n1,-5,1\n`, 'line 4: ContextTokens must be a whole number'],
    [
      'too many tokens',
      `${header}\n0,1,1000001\n`,
      'line 2: GeneratedTokens must be a whole number up to 1000000',
    ],
    ['time that runs back', `${header}\n5,1,1\n4,1,1\n`, 'line 3: TIMESTAMP is earlier'],
  ])('with %s is refused, with the line', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toBeInstanceOf(TraceError);
  });

  it('never fails in another way', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(header, '0,1,1', '2023-11-16 18:17:03,1,1', ',,', '\u0000'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        await read(lines.join('\n')).catch((error: unknown) => expect(error).toBeInstanceOf(TraceError));
      }),
    );
  });
});

describe('a timestamp', () => {
  it.each([
    ['2023-11-16 18:17:03.9799600', atMs],
    ['2023-11-16T18:17:03.98Z', atMs],
    ['2023-11-16 19:17:03.98+01:00', atMs],
    ['1700158623.98', atMs],
  ])('%s is UTC unless it says otherwise', (text, expected) => {
    expect(timeMs(text)).toBe(expected);
  });
});
