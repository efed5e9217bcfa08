import { describe, expect, it } from 'vitest';
import type { Script } from '../../support/memory-transport.ts';
import {
  finishes,
  isOver,
  prompt,
  providerKey,
  Reader,
  refuses,
  says,
  scene,
  take,
  virtualKey,
  whole,
} from './scene.ts';

interface Ending {
  readonly name: string;
  readonly first: readonly Script[];
  readonly second?: readonly Script[];
  readonly body?: object;
  /** How much of the answer the reader takes, in writes. */
  readonly room?: number;
  readonly remainingMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly record: object | undefined;
}

const stream = { stream: true, model: 'priced' };
const endless: Script = { never: true };
const echo = `no: "${prompt}" with ${providerKey}`;

const endings: readonly Ending[] = [
  {
    name: 'a whole answer',
    first: [whole()],
    record: { status: 200, provider: 'first', output_tokens: 200 },
  },
  {
    name: 'a refused request',
    first: [refuses(400, echo)],
    record: { status: 400, error_type: 'caller' },
  },
  {
    name: 'failures everywhere',
    first: [refuses(500, echo)],
    second: [{ fail: 'refused' }],
    body: { model: 'priced' },
    record: { status: 500, error_type: 'provider' },
  },
  {
    name: 'a whole answer that comes too late',
    first: [endless],
    remainingMs: 60_000,
    record: { status: 504, error_code: 'deadline_exceeded' },
  },
  {
    name: 'no time at all',
    first: [whole()],
    remainingMs: 10_000,
    record: { status: 504, error_code: 'deadline_exceeded' },
  },
  {
    name: 'a stream',
    first: [{ body: [says('hi'), ...finishes] }],
    body: stream,
    record: { status: 200, output_tokens: 200, stream: true },
  },
  {
    name: 'a stream that fails over',
    first: [{ body: [{ send: ': hm\n\n' }, { cut: true }] }],
    second: [{ body: [says('hi'), ...finishes] }],
    body: stream,
    record: { status: 200, provider: 'second' },
  },
  {
    name: 'a stream that is hedged',
    first: [endless],
    second: [{ afterMs: 1_000, body: [says('hi'), ...finishes] }],
    body: stream,
    record: { status: 200, provider: 'second' },
  },
  {
    name: 'a stream that begins late',
    first: [{ afterMs: 40_000, body: [says('hi'), ...finishes] }],
    second: [refuses(404, echo)],
    body: stream,
    record: { status: 200, provider: 'first' },
  },
  {
    name: 'a stream that never begins',
    first: [endless],
    second: [endless],
    body: stream,
    record: { status: 200, error_code: 'upstream_failed' },
  },
  {
    name: 'a stream that is cut',
    first: [{ body: [says('hi'), { cut: true }] }],
    body: stream,
    record: { status: 200, error_code: 'upstream_failed', usage_estimated: true },
  },
  {
    name: 'a stream that stalls',
    first: [{ body: [says('hi'), { stall: true }] }],
    body: stream,
    record: { status: 200, error_code: 'upstream_failed' },
  },
  {
    name: 'a stream without an end',
    first: [{ body: Array.from({ length: 200 }, () => says('on and on ', 10_000)) }],
    body: stream,
    remainingMs: 100_000,
    record: { status: 200, error_code: 'deadline_exceeded' },
  },
  {
    name: 'a stream whose provider does not hang up',
    first: [{ body: [says('hi'), ...finishes.slice(0, -1), { stall: true }] }],
    body: stream,
    record: { status: 200, output_tokens: 200 },
  },
  {
    name: 'a stream nobody reads',
    first: [{ body: [says('hi'), says('ho', 1), ...finishes] }],
    body: stream,
    room: 1,
    record: { status: 200, output_tokens: 200 },
  },
  {
    name: 'an unknown key',
    first: [],
    headers: { authorization: 'Bearer fl-nobody-knows-0123' },
    record: { status: 401, error_type: 'policy' },
  },
  { name: 'a body that makes no sense', first: [], body: { messages: prompt }, record: { status: 400 } },
];

describe.each(endings)('after $name', ({ first, second, body, room, remainingMs, headers, record }) => {
  it('nothing is left when it is settled, and one line tells of it without prompt or key', async () => {
    const { clock, transport, log, chat } = await scene({ first, ...(second && { second }) });
    const answering = chat(body, {
      ...(remainingMs !== undefined && { remainingMs }),
      ...(headers && { headers }),
    });
    let over = false;
    const settled = answering.then(async (response) => {
      take(response, new Reader(room));
      await response.settled;
      over = true;
      return response;
    });
    for (let passedMs = 0; !over && passedMs < 900_000; passedMs += 1_000) await clock.advance(1_000);
    const response = await settled;

    expect(await isOver(response.settled)).toBe(true);
    expect(clock.pending).toBe(0);
    expect(transport.open).toBe(0);

    expect(log.filter((line) => line['event'] === 'request')).toEqual([expect.objectContaining(record)]);
    const told = JSON.stringify(log);
    for (const secret of [prompt, providerKey, virtualKey, 'nobody-knows'])
      expect(told).not.toContain(secret);
  });
});
