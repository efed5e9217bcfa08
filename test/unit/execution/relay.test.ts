import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { attempt } from '../../../lib/execution/attempt.ts';
import { Relay } from '../../../lib/execution/relay.ts';
import { lineClient, lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { BodyStep } from '../../support/memory-transport.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { testSettings, testTarget } from '../../support/target.ts';
import { Reader } from './reader.ts';

async function relayed(body: readonly BodyStep[], reader = new Reader()) {
  const clock = new ManualClock();
  const transport = new MemoryTransport(clock, { p: [{ body }] });
  const target = testTarget('openai', 'm', {}, { baseUrl: 'http://p' });
  const exchange = lineDialect.open(lineRequest(), target, {
    requestId: 'r',
    createdS: 0,
    model: 'm',
    wantsStreamUsage: false,
  });
  const input = { exchange, request: exchange.request, stream: true, type: 'openai' } as const;
  const pending = attempt(
    {
      ...input,
      firstContentTimeoutMs: 120_000,
      idleTimeoutMs: 60_000,
      callerText: () => '',
      onResponse: () => {},
    },
    { transport, clock },
    new CancelSwitch(),
  );
  await clock.advance(0);
  const outcome = await pending;
  if (outcome.kind !== 'stream') throw new Error(`no stream: ${outcome.kind}`);
  const relay = new Relay(clock, lineClient, reader);
  relay.flow(outcome.stream, testSettings);
  return { clock, transport, relay, reader, stream: outcome.stream };
}

const finished: readonly BodyStep[] = [{ send: 'finish\n' }, { send: 'done\n' }, { end: true }];

describe('relay', () => {
  it('carries held and later content, closes well, and leaves nothing behind', async () => {
    const { clock, transport, relay, reader } = await relayed([
      { send: 'say:Hel\n' },
      { send: 'say:lo\n', afterMs: 50 },
      ...finished,
    ]);
    await clock.advance(100);
    expect(reader.text).toBe('Hello.');
    expect(reader.ended).toBe(true);
    expect(await relay.ended).toEqual({});
    expect(clock.pending).toBe(0);
    expect(transport.open).toBe(0);
  });

  it.each([
    ['a cut', [{ cut: true }]],
    ['an end without a finish', [{ end: true }]],
    ['an error event', [{ send: 'error:{"message":"overloaded at http://10.0.0.1/"}\n' }]],
  ] as const)('%s after content becomes one clean error event, never a finish', async (_name, steps) => {
    const { clock, transport, relay, reader } = await relayed([{ send: 'say:Hel\n' }, ...steps]);
    await clock.advance(0);
    expect(reader.text).toBe('Hel!upstream_failed!');
    expect(reader.ended).toBe(true);
    const end = await relay.ended;
    expect(end.error?.message).not.toContain('10.0.0.1');
    expect(clock.pending).toBe(0);
    expect(transport.open).toBe(0);
  });

  it('treats a missing terminator, or even a cut, after the finish as a good end', async () => {
    for (const last of [{ end: true }, { cut: true }] as const) {
      const { clock, reader } = await relayed([{ send: 'say:ok\nfinish\n' }, last]);
      await clock.advance(0);
      expect(reader.text).toBe('ok.');
    }
  });

  it('does not wait for a host that keeps the connection open after its last word', async () => {
    const { clock, transport, relay, reader } = await relayed([
      { send: 'say:ok\nfinish\ndone\n' },
      { stall: true },
    ]);
    await clock.advance(0);
    expect(reader.ended).toBe(true);
    await clock.advance(1_000);
    expect(await relay.ended).toEqual({});
    expect(transport.open).toBe(0);
  });

  it('gives a finished stream without terminator five seconds, then ends it well', async () => {
    const { clock, reader, relay } = await relayed([
      { send: 'say:ok\n' },
      { send: 'finish\n' },
      { stall: true },
    ]);
    await clock.advance(4_999);
    expect(reader.ended).toBe(false);
    await clock.advance(1);
    expect(reader.text).toBe('ok.');
    expect(await relay.ended).toEqual({});
    expect(clock.pending).toBe(0);
  });

  it('ends a stalled stream after the idle timeout', async () => {
    const { clock, reader } = await relayed([{ send: 'say:Hel\n' }, { stall: true }]);
    await clock.advance(59_999);
    expect(reader.text).toBe('Hel~~~');
    expect(reader.ended).toBe(false);
    await clock.advance(1);
    expect(reader.text.endsWith('!upstream_failed!')).toBe(true);
  });

  it('is patient inside a tool call', async () => {
    const { clock, reader } = await relayed([{ send: 'tool\n' }, { stall: true }]);
    await clock.advance(239_999);
    expect(reader.ended).toBe(false);
    await clock.advance(1);
    expect(reader.ended).toBe(true);
  });

  it('lets pings alone go on for five minutes, no longer', async () => {
    const pings = Array.from({ length: 40 }, () => ({ send: 'ping\n', afterMs: 10_000 }));
    const { clock, reader } = await relayed([{ send: 'say:x\n' }, ...pings]);
    await clock.advance(299_999);
    expect(reader.ended).toBe(false);
    await clock.advance(1);
    expect(reader.text.endsWith('!upstream_failed!')).toBe(true);
  });

  it('says that it is alive after 15 s of silence, also before the first content', async () => {
    const clock = new ManualClock();
    const reader = new Reader();
    const relay = new Relay(clock, lineClient, reader);
    relay.sayAlive();
    await clock.advance(30_000);
    expect(reader.text).toBe('~~~');
    relay.fail(new GatewayError('upstream_failed', 'nobody answered'));
    expect(reader.text).toBe('~~~!upstream_failed!');
    expect(clock.pending).toBe(0);
  });

  it('stops reading the provider while the reader is behind, and resumes when it has caught up', async () => {
    const reader = new Reader();
    reader.room = 1;
    const chunks = Array.from({ length: 20 }, (_, index) => ({ send: `say:${index % 10}\n`, afterMs: 1 }));
    const { clock, relay } = await relayed([{ send: 'say:a\n' }, ...chunks, ...finished], reader);
    await clock.advance(1_000);
    expect(reader.text).toBe('a');
    reader.drain(3);
    await clock.advance(1_000);
    expect(reader.text).toBe('a012');
    reader.drain();
    await clock.advance(1_000);
    expect(reader.text).toBe('a01234567890123456789.');
    expect(await relay.ended).toEqual({});
  });

  it("does not count the wait for a slow reader as the provider's silence", async () => {
    const reader = new Reader();
    reader.room = 1;
    const { clock } = await relayed([{ send: 'say:a\n' }, { send: 'say:b\n' }, ...finished], reader);
    await clock.advance(59_000);
    reader.drain();
    await clock.advance(59_000);
    expect(reader.text).toBe('ab.');
  });

  it.each(['takes nothing for 60 s', 'leaves'])('reads on for the usage when the reader %s', async (how) => {
    const reader = new Reader();
    reader.room = 1;
    const { clock, relay, stream } = await relayed(
      [{ send: 'say:a\n' }, { send: 'say:bcd\n' }, ...finished],
      reader,
    );
    if (how === 'leaves') reader.leave();
    else await clock.advance(60_000);
    await clock.advance(1_000);
    expect(reader.aborted).toBe(true);
    expect(stream.state.outputChars).toBe(4);
    expect(await relay.ended).toEqual({});
    expect(clock.pending).toBe(0);
  });
});

describe('relay and its neighbours', () => {
  it('lets the last bytes of a finished answer come though the reader is behind', async () => {
    const reader = new Reader();
    reader.room = 1;
    const { clock, transport, relay } = await relayed(
      [{ send: 'say:a\nfinish\ndone\n' }, { end: true }],
      reader,
    );
    await clock.advance(0);
    expect(await relay.ended).toEqual({});
    expect(transport.open).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
