import { describe, expect, it } from 'vitest';
import { nothingSpent, unheardOf } from '../../../lib/domain/admission.ts';
import type { Exchange, StreamReader } from '../../../lib/dialects/contract.ts';
import { attempt } from '../../../lib/execution/attempt.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { Script } from '../../support/memory-transport.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { testTarget } from '../../support/target.ts';

/** One attempt at a provider that follows `script`, read by `exchange`. */
function play(script: Script, exchange: Partial<Exchange> = {}, callerText = '', stream = true) {
  const clock = new ManualClock();
  const transport = new MemoryTransport(clock, { p: [script] });
  const own = new CancelSwitch();
  const target = testTarget('openai', 'm', {}, { baseUrl: 'http://p' });
  const opened = lineDialect.open(lineRequest({}, stream), target, {
    requestId: 'r',
    createdS: 0,
    model: 'm',
    wantsStreamUsage: false,
  });
  const outcome = attempt(
    {
      exchange: { ...opened, ...exchange },
      request: opened.request,
      stream,
      type: 'openai',
      firstContentTimeoutMs: 5_000,
      idleTimeoutMs: 60_000,
      callerText: () => callerText,
      onResponse: () => {},
    },
    { transport, clock },
    own,
  );
  return { clock, transport, own, outcome };
}

const refused = (status: number, message: string): Script => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: [{ send: JSON.stringify({ message }) }, { end: true }],
});

const crash = (): never => {
  throw new TypeError('cannot read "my diagnosis"');
};

describe('an attempt', () => {
  it.each([
    ['an error body', refused(400, 'bad'), { readFault: crash }],
    [
      'a whole reply',
      { headers: { 'content-type': 'application/json' }, body: [{ end: true }] },
      { readReply: crash },
    ],
    ['a stream', { body: [{ send: 'say:x\n' }] }, { openStream: crash }],
    [
      'a chunk of a stream',
      { body: [{ send: 'say:x\n' }] },
      { openStream: (): StreamReader => ({ ...quiet, push: crash }) },
    ],
    [
      'the end of a stream',
      { body: [{ end: true }] },
      { openStream: (): StreamReader => ({ ...quiet, end: crash }) },
    ],
  ] satisfies [string, Script, Partial<Exchange>][])(
    'that cannot read %s is broken, quotes nothing, and leaves nothing behind',
    async (_name, script, exchange) => {
      const { clock, transport, outcome } = play(script, exchange);
      await clock.advance(0);
      expect(await outcome).toEqual({
        kind: 'failed',
        failure: { class: 'broken_stream' },
        fault: { status: 0, type: 'broken_stream', message: 'the answer could not be read (TypeError)' },
        spent: expect.anything(),
      });
      expect(clock.pending).toBe(0);
      expect(transport.open).toBe(0);
    },
  );

  it.each([
    ['cancelled before it was heard of', 0, unheardOf],
    ['cancelled while the provider thinks', 1_000, unheardOf],
  ])('%s leaves no timer and no connection, and may be billed', async (_name, afterMs, spent) => {
    const { clock, transport, own, outcome } = play({ never: true });
    if (afterMs > 0) await clock.advance(afterMs);
    own.cancel();
    expect(await outcome).toEqual({ kind: 'cancelled', spent });
    expect(clock.pending).toBe(0);
    expect(transport.open).toBe(0);
  });
});

describe('a stream that says much and means nothing', () => {
  it('is given up rather than held in memory', async () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    const { clock, transport, outcome } = play(
      { body: Array.from({ length: 40 }, () => ({ send: mebibyte })) },
      { openStream: (): StreamReader => ({ ...quiet, push: (output) => ({ output }) }) },
    );
    await clock.advance(0);
    expect(await outcome).toMatchObject({
      failure: { class: 'broken_stream' },
      fault: { message: 'the stream sent over 33554432 bytes before its first content' },
    });
    expect(clock.pending).toBe(0);
    expect(transport.open).toBe(0);
  });
});

const quiet: StreamReader = {
  push: () => ({ output: '' }),
  end: () => ({ output: '' }),
  finish: () => '',
  state: { content: false, finished: false, terminated: false, insideToolCall: false, outputChars: 0 },
};

describe("a caller's own words in a provider's message", () => {
  const quoting = refused(400, "Invalid value: 'Incorrect API key provided'. Supported values are: 'auto'.");
  const class_ = async (script: Script, callerText: string) => {
    const { clock, outcome } = play(script, {}, callerText);
    await clock.advance(0);
    const end = await outcome;
    return end.kind === 'failed' ? end.failure : end.kind;
  };

  it('do not condemn a key', async () => {
    expect(await class_(quoting, '{"tool_choice":"incorrect api key provided"}')).toEqual({
      class: 'credential',
      scope: 'key',
      doubtful: true,
    });
  });

  it('count when the caller did not say them', async () => {
    expect(await class_(quoting, '{"tool_choice":"auto"}')).toEqual({ class: 'credential', scope: 'key' });
  });
});

describe('what an attempt has spent', () => {
  const spentBy = async (script: Script, exchange: Partial<Exchange> = {}, stream = true) => {
    const { clock, outcome } = play(script, exchange, '', stream);
    await clock.advance(5_000);
    const ended = await outcome;
    return 'spent' in ended ? ended.spent : undefined;
  };

  it.each([
    ['refused with a status', refused(500, 'busy'), nothingSpent],
    ['never connected', { fail: 'refused' } as Script, nothingSpent],
    ['reset before its headers', { fail: 'reset' } as Script, unheardOf],
    ['silent', { never: true } as Script, unheardOf],
  ])('%s', async (_name, script, spent) => {
    expect(await spentBy(script)).toEqual(spent);
  });

  it('in a stream that breaks before it speaks is what was reported and seen', async () => {
    const usage = { inputTokens: 7, outputTokens: 3 };
    const reporting = (): StreamReader => ({
      ...quiet,
      get state() {
        return { ...quiet.state, usage, outputChars: 12 };
      },
    });
    expect(await spentBy({ body: [{ send: 'x' }, { cut: true }] }, { openStream: reporting })).toEqual({
      kind: 'used',
      usage,
      outputChars: 12,
      complete: false,
    });
  });
});
