import { describe, expect, it } from 'vitest';
import { prompt } from '../support/gateway.ts';
import { startScriptedProvider, type Step } from '../support/scripted.ts';
import { everyKind, firstText, secondText, stage, streamed, times, whole } from './scene.ts';

/** What goes wrong before an answer begins: what the caller reads, and what each provider sees. */

const overloaded: Step = { status: 503 };

describe('a failure that may pass', () => {
  it.each<[string, Step]>([
    ['a reset before the headers', { fault: { kind: 'reset_before_headers' } }],
    ...[408, 409, 500, 502, 503, 504, 529].map((status): [string, Step] => [String(status), { status }]),
    ['HTML with 502', { status: 502, body: '<html><title>Bad Gateway</title>', contentType: 'text/html' }],
  ])('%s: two more tries, 150 and 300 ms apart, then the next provider', async (_name, step) => {
    const { clock, gateway, first, second } = await stage({ steps: [step, step, step] });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    await clock.pass(300);
    const { status, text, headers } = await whole(asking);
    expect([status, text]).toEqual([200, secondText]);
    expect(headers.get('x-fairlead-attempts')).toBe('4');
    expect(headers.get('x-fairlead-provider')).toBe('second');
    expect(times(first)).toEqual([0, 150, 450]);
    expect(times(second)).toEqual([450]);
    await clock.idle();
  });

  it('that passes is answered by the first provider', async () => {
    const { clock, gateway, first, second } = await stage({ steps: [overloaded] });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    expect((await whole(asking)).text).toBe(firstText);
    expect([times(first), times(second)]).toEqual([[0, 150], []]);
  });

  it('and asks for two seconds gets them', async () => {
    const { clock, gateway, first } = await stage({
      steps: [{ ...overloaded, headers: { 'retry-after': '2' } }],
    });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(2_000);
    expect((await whole(asking)).text).toBe(firstText);
    expect(times(first)).toEqual([0, 2_000]);
  });

  it('and asks for a minute is left for the next provider at once', async () => {
    const { gateway, first, second } = await stage({
      steps: [{ ...overloaded, headers: { 'retry-after': '60' } }],
    });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('follows maxRetries of the document', async () => {
    const { gateway, first } = await stage({
      steps: [overloaded],
      document: { defaults: { maxRetries: 0 } },
    });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect(times(first)).toEqual([0]);
  });

  it('of a refused connection is retried and left, and its address stays unsaid', async () => {
    const closed = await startScriptedProvider();
    await closed.close();
    const { clock, gateway, second } = await stage({ entry: { baseUrl: `${closed.baseUrl}/v1` } });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    await clock.pass(300);
    expect((await whole(asking)).text).toBe(secondText);
    expect(times(second)).toEqual([450]);

    const pinned = gateway.chat({ model: 'first/m' });
    await clock.pass(150);
    await clock.pass(300);
    const { status, headers, error } = await whole(pinned);
    expect(status).toBe(502);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(error).toEqual({
      message: 'first/m: no connection to the provider (ECONNREFUSED)',
      type: 'api_error',
      code: 'upstream_failed',
      param: null,
      attempts: [0, 1, 2].map(() => ({
        provider: 'first',
        model: 'm',
        outcome: 'transient',
        message: 'no connection to the provider (ECONNREFUSED)',
        durationMs: 0,
      })),
    });
  });

  it('of a connection that had been idle is no failure: the request goes out on a fresh one', async () => {
    const { gateway, first } = await stage();
    await whole(gateway.chat({ model: 'm' }));
    first.script('m', [{ fault: { kind: 'reset_before_headers' } }]);
    const { text, headers } = await whole(gateway.chat({ model: 'm' }));
    expect(text).toBe(firstText);
    expect(headers.get('x-fairlead-attempts')).toBe('1');
    expect(times(first)).toEqual([0, 0, 0]);
  });

  it.each(everyKind)('is retried at a provider of type %s', async (kind) => {
    const { clock, gateway, chain, first, second } = await stage({
      kind,
      steps: [overloaded, overloaded, overloaded],
    });
    const asking = gateway.chat({ model: chain });
    await clock.pass(150);
    await clock.pass(300);
    expect((await whole(asking)).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0, 150, 450], [450]]);
  });
});

describe('a rate limit', () => {
  const limited = (retryAfter?: string): Step => ({
    status: 429,
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  });

  it.each([undefined, '1', '60'])('with Retry-After %s: the same model elsewhere, at once', async (after) => {
    const { gateway, first, second } = await stage({ steps: [limited(after)] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('without a word of explanation is one by its status', async () => {
    const step: Step = { status: 429, body: 'slow down', contentType: 'text/plain' };
    const { gateway, first, second } = await stage({ steps: [step] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('of at most 3 s is waited for when the next target is another model', async () => {
    const { clock, gateway, first, second } = await stage({ steps: [limited('3')] });
    const asking = gateway.chat({ model: 'first/big', fallbacks: ['second/small'] });
    await clock.pass(3_000);
    const { text, body } = await whole(asking);
    expect([text, body['model']]).toEqual([firstText, 'big']);
    expect([times(first), times(second)]).toEqual([[0, 3_000], []]);
  });

  it('of 4 s is not, and the other model answers', async () => {
    const { gateway, first, second } = await stage({ steps: [limited('4')] });
    const { text, body } = await whole(gateway.chat({ model: 'first/big', fallbacks: ['second/small'] }));
    expect([text, body['model']]).toEqual([secondText, 'small']);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('of 4 s is waited for when nobody else is left', async () => {
    const { clock, gateway, first } = await stage({ steps: [limited('4')] });
    const asking = gateway.chat({ model: 'first/m' });
    await clock.pass(4_000);
    expect((await whole(asking)).text).toBe(firstText);
    expect(times(first)).toEqual([0, 4_000]);
  });

  it('that lasts longer reaches the caller, who is told when to come again', async () => {
    const { gateway, first } = await stage({ steps: [limited('20')] });
    const { status, headers, error } = await whole(gateway.chat({ model: 'first/m' }));
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('20');
    expect(headers.get('retry-after-ms')).toBe('20000');
    expect(headers.get('x-should-retry')).toBe('true');
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: 'first/m: Scripted failure with status 429',
    });
    expect(times(first)).toEqual([0]);
  });

  it.each(everyKind)('of a provider of type %s sends the request on', async (kind) => {
    const { gateway, chain, first, second } = await stage({ kind, steps: [limited('30')] });
    expect((await whole(gateway.chat({ model: chain }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });
});

describe('a refusal of the request', () => {
  it.each<[string, Step, string | null]>([
    [
      'a plain 400',
      { status: 400, error: { message: 'temperature must be at most 2', param: 'temperature' } },
      'temperature',
    ],
    [
      'a plain 422',
      {
        status: 422,
        error: { message: 'top_p is out of range', param: 'top_p', type: 'invalid_request_error' },
      },
      'top_p',
    ],
  ])('%s is the caller’s: nobody else is asked', async (_name, step, param) => {
    const { gateway, first, second } = await stage({ steps: [step] });
    const { status, headers, error } = await whole(gateway.chat({ model: 'm' }));
    expect(status).toBe(step.status);
    expect(error).toMatchObject({
      message: `first/m: ${step.error?.message}`,
      type: 'invalid_request_error',
      param,
      attempts: [{ provider: 'first', outcome: 'invalid_request', status: step.status }],
    });
    expect(headers.get('x-should-retry')).toBe('false');
    expect([times(first), times(second)]).toEqual([[0], []]);
  });

  it.each<[string, Step]>([
    [
      'a parameter it does not know',
      { status: 400, error: { code: 'unsupported_parameter', message: 'Unsupported parameter: seed' } },
    ],
    [
      'a medium it does not take',
      { status: 422, error: { message: 'this endpoint does not support image input' } },
    ],
    ['a body too large for it', { status: 413, error: { message: 'request entity too large' } }],
    ['a model it does not have', { status: 404, error: { message: 'The model m does not exist' } }],
    ['a path it does not have', { status: 404, body: 'not found', contentType: 'text/plain' }],
    [
      'a model it retired, in a 400',
      { status: 400, error: { code: 'model_decommissioned', message: 'retired' } },
    ],
    ['a redirect', { status: 307, headers: { location: 'http://169.254.169.254/' }, body: '' }],
  ])('for %s: the next provider, at once', async (_name, step) => {
    const { gateway, first, second } = await stage({ steps: [step] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
  });

  it('by the safety system is not routed around', async () => {
    const { gateway, first, second } = await stage({
      steps: [
        { status: 400, error: { code: 'content_policy_violation', message: 'Your request was rejected' } },
      ],
    });
    const { status, error } = await whole(gateway.chat({ model: 'm' }));
    expect([status, error['code']]).toEqual([400, 'content_policy_violation']);
    expect([times(first), times(second)]).toEqual([[0], []]);
  });

  it('as too long goes to a larger window only', async () => {
    const tooLong: Step = {
      status: 400,
      error: { code: 'context_length_exceeded', message: 'This model has a maximum context length of 8000' },
    };
    const window = (model: string, contextTokens: number) => ({ model, contextTokens });
    const models = {
      add: [window('first/short', 8_000), window('second/short', 8_000), window('second/long', 32_000)],
    };
    const { gateway, first, second } = await stage({ steps: [tooLong, tooLong], models });
    const fallbacks = ['second/short', 'second/long', 'second/unknown'];
    const { text, body } = await whole(gateway.chat({ model: 'first/short', fallbacks }));
    expect([text, body['model']]).toEqual([secondText, 'long']);
    expect(second.requests.map(({ model }) => model)).toEqual(['long']);

    const { status, error } = await whole(
      gateway.chat({ model: 'first/short', fallbacks: ['second/short'] }),
    );
    expect([status, error['code']]).toEqual([400, 'context_length_exceeded']);
    expect([times(first), times(second)]).toEqual([[0, 0], [0]]);
  });
});

describe('a provider that quotes the prompt in its error', () => {
  it('is quoted to the caller, and not in the log', async () => {
    const message = `nothing is known of "${prompt}"`;
    const { gateway } = await stage({ steps: [{ status: 400, error: { message, code: message } }] });
    const { status, error } = await whole(gateway.chat({ model: 'm' }));
    expect([status, error['message']]).toEqual([400, `first/m: ${message}`]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ status: 400, error_type: 'caller' });
  });
});

describe('an answer that breaks off', () => {
  it.each<[string, Step]>([
    ['cut', { fault: { kind: 'cut', after: 2 } }],
    ['reset', { fault: { kind: 'reset', after: 2 } }],
  ])('%s in its body: the next provider, at once', async (_name, step) => {
    const { clock, gateway, first, second } = await stage({ steps: [step] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
    await clock.idle();
  });

  it('by stalling in its body is given up after idleTimeoutMs, and its connection closed', async () => {
    const { clock, gateway, first } = await stage({ steps: [{ fault: { kind: 'stall', after: 2 } }] });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(60_000);
    expect((await whole(asking)).text).toBe(secondText);
    expect(await first.requests[0]?.outcome).toBe('abandoned');
    await clock.idle();
  });
});

describe('an answer that is none', () => {
  const html: Step = { body: '<!doctype html><title>Sign in</title>', contentType: 'text/html' };

  it.each<[string, Step]>([
    ['HTML with 200', html],
    ['JSON that ends early', { fault: { kind: 'end', after: 2 } }],
    ['an empty body', { body: '' }],
    ['JSON of another shape', { body: '[]' }],
  ])('%s: tried again as a failure that may pass, then the next provider', async (_name, step) => {
    const { clock, gateway, first, second } = await stage({ steps: [step, step, step] });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    await clock.pass(300);
    expect((await whole(asking)).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0, 150, 450], [450]]);
    await clock.idle();
  });

  it.each(everyKind)('HTML with 200 is none at a provider of type %s either', async (kind) => {
    const { clock, gateway, chain, first, second } = await stage({ kind, steps: [html, html, html] });
    const asking = gateway.chat({ model: chain });
    await clock.pass(150);
    await clock.pass(300);
    expect((await whole(asking)).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0, 150, 450], [450]]);
  });

  it.each<[string, Step]>([
    ['a whole JSON answer', { body: '{"choices":[{"message":{"content":"Herons"}}]}' }],
    ['an empty stream', { body: '', contentType: 'text/event-stream' }],
    ['an error in JSON with 200', { body: '{"error":{"code":"model_not_found","message":"none"}}' }],
  ])('%s where a stream was asked for: the next provider streams', async (_name, step) => {
    const { clock, gateway, first, second } = await stage({ steps: [step] });
    const answer = await streamed(gateway.chat({ model: 'm', stream: true }));
    expect(answer).toMatchObject({ text: secondText, finish: 'stop', done: 1, errors: [] });
    expect([times(first), times(second)]).toEqual([[0], [0]]);
    await clock.idle();
  });

  it('HTML where a stream was asked for is tried again too', async () => {
    const { clock, gateway, first } = await stage({ steps: [html] });
    const asking = gateway.chat({ model: 'm', stream: true });
    await clock.pass(150);
    expect(await streamed(asking)).toMatchObject({ text: firstText, done: 1 });
    expect(times(first)).toEqual([0, 150]);
  });
});

describe('when all fail', () => {
  it('the caller gets the first provider’s error, with every attempt in order', async () => {
    const { clock, gateway, first, second } = await stage({
      steps: [overloaded, overloaded, overloaded],
      then: [{ status: 404, error: { message: 'The model m does not exist' } }],
    });
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    await clock.pass(300);
    const { status, headers, error } = await whole(asking);
    expect(status).toBe(503);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(headers.get('x-fairlead-attempts')).toBe('4');
    const tried = { provider: 'first', model: 'm', outcome: 'transient', status: 503 };
    expect(error).toMatchObject({
      message: 'first/m: Scripted failure with status 503',
      type: 'api_error',
      attempts: [
        tried,
        tried,
        tried,
        { provider: 'second', outcome: 'unserved', status: 404, message: 'The model m does not exist' },
      ],
    });
    expect([times(first), times(second)]).toEqual([[0, 150, 450], [450]]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ status: 503, error_type: 'provider', duration_ms: 450 });
    await clock.idle();
  });

  it('the earliest Retry-After of them all is passed on', async () => {
    const { gateway } = await stage({
      steps: [{ status: 503, headers: { 'retry-after': '90' } }],
      then: [{ status: 429, headers: { 'retry-after': '30' } }],
    });
    const { status, headers } = await whole(gateway.chat({ model: 'm' }));
    expect([status, headers.get('retry-after'), headers.get('x-should-retry')]).toEqual([503, '30', 'true']);
  });

  it('what a provider says of keys, hosts and accounts is left out', async () => {
    const { gateway } = await stage({
      steps: [
        {
          status: 400,
          error: {
            message: 'bad field near http://10.0.0.7:8000/x for key sk-live-abcdefgh123456 of org-Ab12Cd34Ef',
          },
        },
      ],
    });
    const { error } = await whole(gateway.chat({ model: 'm' }));
    expect(error['message']).toBe('first/m: bad field near [address] for key [key] of [account]');
  });
});
