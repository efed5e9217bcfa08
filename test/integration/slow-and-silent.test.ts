import { describe, expect, it } from 'vitest';
import type { Step } from '../support/scripted.ts';
import { everyKind, firstText, secondText, stage, streamed, times, whole } from './scene.ts';

/** Time as the gateway's clock tells it: hedges, keep-alives, time-outs and deadlines. No test waits for real time. */

const silent: Step = { fault: { kind: 'never_responds' } };
const noHedge = { document: { defaults: { hedgeAfterMs: 600_000 } } };
const complete = { complete: true, status: 200, finish: 'stop', done: 1, errors: [] };

describe('a slow stream', () => {
  it.each(everyKind)('of type %s gets company after 10 s; the first to speak wins', async (kind) => {
    const { clock, gateway, chain, first, second } = await stage({
      kind,
      steps: [{ headersAfterMs: 30_000 }],
    });
    const asking = streamed(gateway.chat({ model: chain, stream: true }));
    await first.received(1);
    await clock.pass(10_000);
    const answer = await asking;
    expect(answer).toMatchObject({ ...complete, text: secondText, model: 'm', comments: [] });
    expect(answer.headers.get('x-fairlead-attempts')).toBe('2');
    expect([times(first), times(second)]).toEqual([[0], [10_000]]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    const [record] = await gateway.records(1);
    expect(record?.['attempts']).toMatchObject([
      { provider: 'first', outcome: 'cancelled', duration_ms: 10_000 },
      { provider: 'second', outcome: 'ok', duration_ms: 0 },
    ]);
    await clock.idle();
  });

  it('that speaks before its company wins, and the company is cancelled', async () => {
    const { clock, gateway, first, second } = await stage({
      steps: [{ headersAfterMs: 12_000 }],
      then: [silent],
    });
    const asking = streamed(gateway.chat({ model: 'm', stream: true }));
    await first.received(1);
    await clock.pass(10_000);
    await second.received(1);
    await clock.advance(2_000);
    expect(await asking).toMatchObject({ ...complete, text: firstText });
    expect([times(first), times(second)]).toEqual([[0], [10_000]]);
    expect(await second.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('of a model that reasons is waited for six times as long', async () => {
    const { clock, gateway, first, second } = await stage({ steps: [{ headersAfterMs: 90_000 }] });
    const asking = streamed(gateway.chat({ model: 'm', stream: true, reasoning_effort: 'high' }));
    await first.received(1);
    await clock.advance(59_999);
    expect(times(second)).toEqual([]);
    await clock.advance(1);
    expect(await asking).toMatchObject({ ...complete, text: secondText });
    expect(times(second)).toEqual([60_000]);
    await clock.idle();
  });

  it('that only says hello (role, pings) is as slow as one that says nothing', async () => {
    const { clock, gateway, first, second } = await stage({
      steps: [{ fault: { kind: 'pings', after: 0, everyMs: 3_000 } }],
    });
    const asking = streamed(gateway.chat({ model: 'm', stream: true }));
    await clock.armed(3_000);
    await clock.advance(10_000);
    expect(await asking).toMatchObject({ ...complete, text: secondText });
    expect([times(first), times(second)]).toEqual([[0], [10_000]]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });
});

describe('a silent target', () => {
  it('is left after firstContentTimeoutMs and never tried again, streaming', async () => {
    const { clock, gateway, first, second } = await stage({ ...noHedge, steps: [silent] });
    const asking = streamed(gateway.chat({ model: 'm', stream: true }));
    await first.received(1);
    await clock.pass(120_000);
    const answer = await asking;
    expect(answer).toMatchObject({ ...complete, text: secondText });
    // At 15 s the headers went out with the first of them.
    expect(answer.comments).toHaveLength(8);
    expect([times(first), times(second)]).toEqual([[0], [120_000]]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('is silent to its own gateway, whoever else comes to its port', async () => {
    const { clock, gateway, first } = await stage({ ...noHedge, steps: [silent] });
    const stranger = await fetch(new URL('/v1/chat/completions', first.baseUrl), {
      method: 'POST',
      body: '{"model":"m","messages":[]}',
    });
    expect(stranger.status).toBe(404);
    const asking = streamed(gateway.chat({ model: 'm', stream: true }));
    await first.received(1);
    await clock.pass(120_000);
    expect(await asking).toMatchObject({ ...complete, text: secondText });
    expect(times(first)).toEqual([0]);
  });

  it('is left after firstContentTimeoutMs and never tried again, for a whole answer', async () => {
    const { clock, gateway, first, second } = await stage({ steps: [silent] });
    const asking = whole(gateway.chat({ model: 'm' }));
    await first.received(1);
    await clock.pass(120_000);
    const answer = await asking;
    expect(answer.text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [120_000]]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('follows the time-outs of its provider and its model', async () => {
    const { clock, gateway, first } = await stage({
      steps: [silent, silent],
      entry: {
        settings: { firstContentTimeoutMs: 40_000 },
        models: { 'fast-*': { firstContentTimeoutMs: 7_000 } },
      },
    });
    const slow = whole(gateway.chat({ model: 'm' }));
    await first.received(1);
    await clock.pass(40_000);
    expect((await slow).text).toBe(secondText);
    const fast = whole(gateway.chat({ model: 'fast-1' }));
    await first.received(2);
    await clock.pass(7_000);
    expect((await fast).text).toBe(secondText);
  });
});

describe('after 15 s without content', () => {
  it('the headers go out with a keep-alive, and failover is still possible', async () => {
    const { clock, gateway, first, second } = await stage({
      ...noHedge,
      steps: [{ headersAfterMs: 40_000, status: 404, error: { message: 'The model m does not exist' } }],
    });
    const asking = gateway.chat({ model: 'm', stream: true });
    await first.received(1);
    await clock.pass(15_000);
    const response = await asking;
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-fairlead-provider')).toBeNull();
    expect(times(second)).toEqual([]);
    await clock.advance(25_000);
    const answer = await streamed(response);
    expect(answer).toMatchObject({
      ...complete,
      text: secondText,
      comments: [': keep-alive', ': keep-alive'],
    });
    expect([times(first), times(second)]).toEqual([[0], [40_000]]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ provider: 'second', status: 200, duration_ms: 40_000 });
    await clock.idle();
  });

  it('total failure is one error event, with every attempt', async () => {
    const { clock, gateway, first } = await stage({
      ...noHedge,
      steps: [{ headersAfterMs: 20_000, status: 404, error: { message: 'The model m does not exist' } }],
      then: [{ fault: { kind: 'cut', after: 0 } }],
    });
    const asking = gateway.chat({ model: 'm', stream: true });
    await first.received(1);
    await clock.pass(15_000);
    const response = await asking;
    await clock.advance(5_000);
    const answer = await streamed(response);
    expect(answer).toMatchObject({ status: 200, complete: true, text: '', finish: undefined, done: 0 });
    expect(answer.events).toMatchObject([
      {
        error: {
          message: 'first/m: The model m does not exist',
          code: 'model_not_found',
          attempts: [
            { provider: 'first', outcome: 'unserved', status: 404, durationMs: 20_000 },
            { provider: 'second', outcome: 'broken_stream' },
          ],
        },
      },
    ]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ error_code: 'model_not_found', status: 200 });
    await clock.idle();
  });
});

describe('after content', () => {
  it('pings alone are believed for five minutes', async () => {
    const { clock, gateway, first } = await stage({
      steps: [{ fault: { kind: 'pings', after: 2, everyMs: 20_000 } }],
    });
    const response = await gateway.chat({ model: 'm', stream: true });
    await clock.armed(20_000);
    for (let minute = 0; minute < 5; minute += 1) {
      await clock.advance(59_000);
      expect(times(first)).toEqual([0]);
    }
    await clock.advance(6_000);
    const answer = await streamed(response);
    expect(answer).toMatchObject({ text: 'Herons wade ', finish: undefined, done: 0 });
    expect(answer.errors).toMatchObject([{ message: 'the answer was interrupted: the stream stalled' }]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('silence inside a tool call is believed for four minutes', async () => {
    const { clock, gateway, first } = await stage();
    first.script('tool', [{ fault: { kind: 'stall', after: 1 } }]);
    const response = await gateway.chat({
      model: 'tool',
      stream: true,
      tools: [
        { type: 'function', function: { name: 'heron', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: 'required',
    });
    await clock.armed(60_000);
    await clock.advance(239_999);
    expect(gateway.log.filter((line) => line['event'] === 'request')).toEqual([]);
    await clock.advance(1);
    const answer = await streamed(response);
    expect(answer.errors).toHaveLength(1);
    expect(answer.done).toBe(0);
    await clock.idle();
  });
});

describe('the deadline', () => {
  it('ends a stream in the middle with one error event', async () => {
    const { clock, gateway, first } = await stage({
      steps: [{ chunkEveryMs: 20_000 }],
      document: { defaults: { deadlineMs: 50_000, hedgeAfterMs: 600_000 } },
    });
    const asking = streamed(gateway.chat({ model: 'm', stream: true }));
    await clock.pass(20_000);
    await clock.pass(20_000);
    await clock.armed(20_000);
    await clock.advance(10_000);
    const answer = await asking;
    expect(answer.text).toBe('Herons wade ');
    expect(answer).toMatchObject({ complete: true, finish: undefined, done: 0 });
    expect(answer.errors).toMatchObject([
      { code: 'deadline_exceeded', message: 'the answer was not complete at the deadline' },
    ]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('covers retries and fallbacks together', async () => {
    const { clock, gateway, first, second } = await stage({
      steps: [silent],
      then: [silent],
      document: { defaults: { deadlineMs: 150_000 } },
    });
    const asking = whole(gateway.chat({ model: 'm' }));
    await first.received(1);
    await clock.pass(120_000);
    await second.received(1);
    await clock.advance(30_000);
    const { status, headers, error } = await asking;
    expect(status).toBe(504);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(error).toMatchObject({
      code: 'deadline_exceeded',
      attempts: [
        { provider: 'first', outcome: 'silent' },
        { provider: 'second', outcome: 'cancelled' },
      ],
    });
    expect([times(first), times(second)]).toEqual([[0], [120_000]]);
    expect(await second.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });

  it('allows no retry that would come after it', async () => {
    const { gateway, first } = await stage({
      steps: [{ status: 503, headers: { 'retry-after': '4' } }],
      document: { defaults: { deadlineMs: 3_000 } },
    });
    const { status } = await whole(gateway.chat({ model: 'first/m' }));
    expect(status).toBe(503);
    expect(times(first)).toEqual([0]);
  });

  it('of a whole answer is 290 s, whatever the document allows', async () => {
    const { clock, gateway, first, second } = await stage({
      steps: [silent],
      document: { defaults: { firstContentTimeoutMs: 400_000 } },
    });
    const asking = whole(gateway.chat({ model: 'm' }));
    await first.received(1);
    await clock.pass(290_000);
    const { status, error } = await asking;
    expect(status).toBe(504);
    expect(error['message']).toBe(
      'no answer before the deadline: ask for a stream instead, whose answer may take longer',
    );
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    expect(times(second)).toEqual([]);
    await clock.idle();
  });
});
