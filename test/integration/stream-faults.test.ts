import { describe, expect, it } from 'vitest';
import type { Fault, Step } from '../support/scripted.ts';
import { everyKind, firstText, secondText, stage, streamed, times, whole } from './scene.ts';

/** What goes wrong inside a stream that began with 200, before its first content and after it. */

const complete = { complete: true, status: 200, finish: 'stop', done: 1, errors: [] };

/** Two words are out when it happens. */
const interrupted = {
  complete: true,
  status: 200,
  text: 'Herons wade ',
  finish: undefined,
  done: 0,
  errors: [{ code: 'upstream_failed', type: 'api_error', param: null }],
};

describe.each(everyKind)('a stream of a provider of type %s', (kind) => {
  it.each<Fault>([
    { kind: 'cut', after: 'headers' },
    { kind: 'cut', after: 0 },
    { kind: 'reset', after: 0 },
    { kind: 'end', after: 'headers' },
    { kind: 'end', after: 0 },
  ])('broken before its first content goes to the next provider at once: %j', async (fault) => {
    const { clock, gateway, chain, first, second } = await stage({ kind, steps: [{ fault }] });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...complete, text: secondText, model: 'm' });
    expect(answer.headers.get('x-fairlead-provider')).toBe('second');
    expect(answer.headers.get('x-fairlead-attempts')).toBe('2');
    expect([times(first), times(second)]).toEqual([[0], [0]]);
    await clock.idle();
  });

  it('with an error event before its first content is tried again, then left', async () => {
    const step: Step = { fault: { kind: 'error_event', after: 0, status: 503 } };
    const { clock, gateway, chain, first, second } = await stage({ kind, steps: [step, step, step] });
    const asking = gateway.chat({ model: chain, stream: true });
    await clock.pass(150);
    await clock.pass(300);
    expect(await streamed(asking)).toMatchObject({ ...complete, text: secondText });
    expect([times(first), times(second)]).toEqual([[0, 150, 450], [450]]);
    await clock.idle();
  });

  it('with a rate limit as its first event goes to the next provider at once', async () => {
    const steps: Step[] = [{ fault: { kind: 'error_event', after: 0, status: 429 } }];
    const { clock, gateway, chain, first, second } = await stage({ kind, steps });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...complete, text: secondText });
    expect([times(first), times(second)]).toEqual([[0], [0]]);
    await clock.idle();
  });

  it.each<Fault>([
    { kind: 'cut', after: 2 },
    { kind: 'reset', after: 2 },
    { kind: 'end', after: 2 },
    { kind: 'error_event', after: 2, status: 503 },
  ])('broken after its first content ends with one error event and nothing faked: %j', async (fault) => {
    const { clock, gateway, chain, first, second } = await stage({ kind, steps: [{ fault }] });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject(interrupted);
    expect(answer.events.at(-1)).toHaveProperty('error');
    expect([times(first), times(second)]).toEqual([[0], []]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({
      status: 200,
      error_code: 'upstream_failed',
      error_type: 'provider',
      provider: 'first',
    });
    // Whatever usage had been reported by then, what was seen is counted.
    expect(record).toMatchObject({ output_tokens: 3, usage_estimated: true });
    expect(record?.['input_tokens']).toBeGreaterThan(0);
    await clock.idle();
  });

  it('that stalls after its first content ends after idleTimeoutMs, and its connection is closed', async () => {
    const steps: Step[] = [{ fault: { kind: 'stall', after: 2 } }];
    const { clock, gateway, chain, first, second } = await stage({ kind, steps });
    const asking = streamed(gateway.chat({ model: chain, stream: true }));
    await clock.pass(60_000);
    const answer = await asking;
    expect(answer).toMatchObject(interrupted);
    // Nothing was sent for so long: the connection was kept alive.
    expect(answer.comments).toEqual(Array.from({ length: 3 }, () => ': keep-alive'));
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    expect(times(second)).toEqual([]);
    await clock.idle();
  });

  it('with a malformed event in its middle goes on without it', async () => {
    const { clock, gateway, chain } = await stage({
      kind,
      steps: [{ fault: { kind: 'malformed_event', after: 2 } }],
    });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...complete, text: firstText });
    expect(answer.events.filter((event) => typeof event === 'string')).toEqual(['[DONE]']);
    await clock.idle();
  });

  it('without its terminator is complete', async () => {
    const steps: Step[] = [{ fault: { kind: 'no_terminator' } }];
    const { clock, gateway, chain } = await stage({ kind, steps });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...complete, text: firstText });
    await clock.idle();
  });

  it('without a finish reason ends with an error, terminator or not', async () => {
    const steps: Step[] = [{ fault: { kind: 'no_finish' } }];
    const { clock, gateway, chain } = await stage({ kind, steps });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...interrupted, text: firstText });
    await clock.idle();
  });

  it('in pieces of seven bytes is the same answer, whatever the characters', async () => {
    const text = 'Herons: 鷺, сірая чапля, ardèidə 🪿🦆.';
    const steps: Step[] = [{ text, fault: { kind: 'trickle', bytes: 7, everyMs: 0 } }];
    const { clock, gateway, chain } = await stage({ kind, steps });
    const answer = await streamed(gateway.chat({ model: chain, stream: true }));
    expect(answer).toMatchObject({ ...complete, text });
    await clock.idle();
  });

  it.each<Fault>([
    { kind: 'stall', after: 'headers' },
    { kind: 'stall', after: 0 },
  ])('that stalls before its first content is merely slow: the next provider joins in: %j', async (fault) => {
    const { clock, gateway, chain, first, second } = await stage({ kind, steps: [{ fault }] });
    const asking = streamed(gateway.chat({ model: chain, stream: true }));
    await first.received(1);
    await clock.pass(10_000);
    expect(await asking).toMatchObject({ ...complete, text: secondText });
    expect([times(first), times(second)]).toEqual([[0], [10_000]]);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });
});

describe('a stream', () => {
  it('of a host that omits finish reasons is complete with its terminator', async () => {
    const { gateway } = await stage({
      steps: [{ fault: { kind: 'no_finish' } }],
      entry: { quirks: { omitsFinishReason: true } },
    });
    const answer = await streamed(gateway.chat({ model: 'm', stream: true }));
    expect(answer).toMatchObject({ text: firstText, done: 1, errors: [] });
  });

  it('that fails everywhere before its first content fails with a status, not inside a stream', async () => {
    const { gateway, first, second } = await stage({
      steps: [{ fault: { kind: 'cut', after: 0 } }],
      then: [{ fault: { kind: 'end', after: 'headers' } }],
    });
    const { status, error } = await whole(gateway.chat({ model: 'm', stream: true }));
    expect(status).toBe(502);
    expect(error).toMatchObject({
      code: 'upstream_failed',
      message: 'first/m: the connection broke inside the answer',
      attempts: [{ outcome: 'broken_stream' }, { outcome: 'broken_stream' }],
    });
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('refused by the safety system as its first event is not routed around', async () => {
    const { gateway, second } = await stage({
      steps: [
        {
          fault: { kind: 'error_event', after: 0, status: 400 },
          error: { code: 'content_policy_violation', message: 'rejected' },
        },
      ],
    });
    const { status, error } = await whole(gateway.chat({ model: 'm', stream: true }));
    expect([status, error['code']]).toEqual([400, 'content_policy_violation']);
    expect(times(second)).toEqual([]);
  });
});
