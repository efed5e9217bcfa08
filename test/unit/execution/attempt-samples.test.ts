import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lib/domain/decision.ts';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { answerStream, answerWhole } from '../../../lib/execution/deliver.ts';
import { lineDialect } from '../../support/line-dialect.ts';
import type { Script } from '../../support/memory-transport.ts';
import { Reader } from './reader.ts';
import { refuses, replies, says, type Stage, stageRun, targetAt } from './scene.ts';

const [a, b] = [targetAt('a', {}, ['k']), targetAt('b')];
const ofA = { provider: 'a', model: 'm', key: 'k', stream: true, inputTokens: 0 };
const ofB = { provider: 'b', model: 'm', stream: true, inputTokens: 0 };

/** A streamed request to its end, with so much time as it needs. */
async function stream(stage: Stage, order: readonly Target[], ms = 1_000): Promise<Reader> {
  const reader = new Reader();
  const asking = answerStream(stage.run, order).then(
    async ({ pour, ended }) => {
      pour(reader);
      await ended;
    },
    (error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
    },
  );
  await stage.clock.advance(ms);
  await asking;
  expect(stage.clock.pending).toBe(0);
  return reader;
}

async function whole(stage: Stage, order: readonly Target[], ms: number): Promise<void> {
  const asking = answerWhole(stage.run, order).catch(() => undefined);
  await stage.clock.advance(ms);
  await asking;
}

describe('health hears of a stream', () => {
  it('when it is over, with its first content', async () => {
    const stage = stageRun({ a: [says('hi', 400)] });
    const reader = new Reader();
    const asking = answerStream(stage.run, [a]);
    await stage.clock.advance(400);
    const { pour, ended } = await asking;
    expect(stage.health.samples).toEqual([]);
    pour(reader);
    await stage.clock.advance(0);
    await ended;
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'ok', firstContentMs: 400 }]);
  });

  it('that broke after its content as an error, and the log calls it so', async () => {
    const stage = stageRun({
      a: [
        {
          body: [
            { send: 'say:x\n', afterMs: 30 },
            { cut: true, afterMs: 50 },
          ],
        },
      ],
    });
    await stream(stage, [a]);
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'error', firstContentMs: 30 }]);
    expect(stage.log.entries).toMatchObject([
      {
        outcome: 'broken_stream',
        durationMs: 80,
        message: 'the connection broke inside the answer',
      },
    ]);
  });

  it('that its provider refused in the middle by what it said', async () => {
    const stage = stageRun({
      a: [
        { body: [{ send: 'say:x\n' }, { send: 'error:{"status":429,"retryAfterMs":8000}\n', afterMs: 5 }] },
      ],
    });
    await stream(stage, [a]);
    expect(stage.health.samples).toEqual([
      { ...ofA, outcome: 'saturated', firstContentMs: 0, retryAfterMs: 8_000 },
    ]);
  });

  it('that stalled as an error', async () => {
    const stage = stageRun({ a: [{ body: [{ send: 'say:x\n' }, { stall: true }] }] });
    await stream(stage, [a], 60_000);
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'error', firstContentMs: 0 }]);
  });

  it('whose reader left as of any other', async () => {
    const stage = stageRun({
      a: [{ body: [{ send: 'say:x\n' }, { send: 'say:y\nfinish\ndone\n', afterMs: 500 }, { end: true }] }],
    });
    const reader = new Reader();
    const asking = answerStream(stage.run, [a]);
    await stage.clock.advance(0);
    const { pour, ended } = await asking;
    pour(reader);
    reader.leave();
    await stage.clock.advance(1_000);
    await ended;
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'ok', firstContentMs: 0 }]);
  });

  it('that the deadline ended in the middle as of a good one', async () => {
    const stage = stageRun(
      { a: [{ body: [{ send: 'say:x\n', afterMs: 100 }, { stall: true }] }] },
      { deadlineMs: 5_000 },
    );
    await stream(stage, [a], 5_000);
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'ok', firstContentMs: 100 }]);
  });
});

describe('health hears of every attempt once', () => {
  it('retries and all', async () => {
    const stage = stageRun({ a: [refuses(503), { fail: 'reset' }, refuses(404)], b: [says('hi')] });
    await stream(stage, [a, b]);
    expect(stage.health.samples.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['a', 'error'],
      ['a', 'error'],
      ['b', 'ok'],
    ]);
  });

  it.each<[string, Script, object | undefined]>([
    ['a refused key', refuses(401), { outcome: 'key_failed' }],
    ['an unknown model', refuses(404, { code: 'model_not_found' }), { outcome: 'unserved' }],
    ['a rate limit', refuses(429, { retryAfterMs: 30_000 }), { outcome: 'saturated', retryAfterMs: 30_000 }],
    ['an unsupported parameter', refuses(400, { code: 'unsupported_parameter' }), undefined],
    ['an invalid request', refuses(400, { message: 'no' }), undefined],
  ])('%s', async (_name, script, said) => {
    const stage = stageRun({ a: [script] });
    await stream(stage, [a]);
    expect(stage.health.samples).toEqual(said === undefined ? [] : [{ ...ofA, ...said }]);
  });

  it('silence is an error when it has lasted firstContentTimeoutMs', async () => {
    const stage = stageRun({ a: [{ never: true }] });
    await stream(stage, [a], 120_000);
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'error' }]);
  });

  it('nothing where nothing was sent', async () => {
    const stage = stageRun(
      {},
      {
        run: {
          admit: () => ({ code: 'budget_exceeded', message: 'no', whose: 'request', final: true }),
        },
      },
    );
    await stream(stage, [a, b]);
    const keyless = stageRun({}, { ports: { credential: () => 'the secret is not JSON' } });
    await stream(keyless, [a, b]);
    expect([...stage.health.samples, ...keyless.health.samples]).toEqual([]);
  });

  it('with what the headers tell of the limit, on good answers and on 429', async () => {
    const dialectOf = () => ({
      ...lineDialect,
      readRateLimits: (headers: Readonly<Record<string, string>>) => ({
        tokensLimit: 100,
        tokensRemaining: Number(headers['left']),
      }),
    });
    const ports = { dialectOf };
    const scripts = (status: number) => ({ a: [refuses(status, {}, { left: '10' })] });
    const limited = stageRun(scripts(429), { ports });
    await stream(limited, [a]);
    expect(limited.health.samples).toEqual([{ ...ofA, outcome: 'saturated', utilisation: 0.9 }]);
    const broken = stageRun(scripts(401), { ports });
    await stream(broken, [a]);
    expect(broken.health.samples).toEqual([{ ...ofA, outcome: 'key_failed' }]);
    const good = stageRun({ a: [replies(250, { left: '60' })] }, { ports, stream: false });
    await whole(good, [a], 250);
    expect(good.health.samples).toEqual([
      { ...ofA, stream: false, outcome: 'ok', wholeMs: 250, utilisation: 0.4 },
    ]);
  });
});

describe('a hedge', () => {
  it('that wins: the slow one tells how long it was silent', async () => {
    const stage = stageRun({ a: [says('late', 30_000)], b: [says('hi', 700)] });
    const reader = await stream(stage, [a, b], 11_000);
    expect(reader.text).toBe('hi.');
    expect(stage.health.samples).toEqual([
      { ...ofA, outcome: 'ok', firstContentMs: 10_700 },
      { ...ofB, outcome: 'ok', firstContentMs: 700 },
    ]);
  });

  it('that loses tells nothing', async () => {
    const stage = stageRun({ a: [says('hi', 10_500)], b: [says('late', 5_000)] });
    await stream(stage, [a, b], 11_000);
    expect(stage.health.samples).toEqual([{ ...ofA, outcome: 'ok', firstContentMs: 10_500 }]);
  });
});

describe('the deadline, before any content,', () => {
  it('is no fault of a target that was silent for less than its time', async () => {
    const stage = stageRun({ a: [{ never: true }] }, { deadlineMs: 60_000 });
    await stream(stage, [a], 60_000);
    expect(stage.health.samples).toEqual([]);
  });

  it('finds one out that was silent for longer', async () => {
    const stage = stageRun({ a: [{ never: true }] }, { deadlineMs: 290_000, stream: false });
    await whole(stage, [a], 290_000);
    expect(stage.health.samples).toEqual([{ ...ofA, stream: false, outcome: 'error' }]);
  });
});
