import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lib/domain/decision.ts';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { failover } from '../../../lib/execution/failover.ts';
import { HedgeBudget } from '../../../lib/execution/hedge.ts';
import { KeyPauses } from '../../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../../lib/execution/key-rests.ts';
import type { Answer } from '../../../lib/execution/outcome.ts';
import { AttemptLog } from '../../../lib/execution/outcome.ts';
import type { ExecutionPorts, Run } from '../../../lib/execution/run.ts';
import { lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { Script } from '../../support/memory-transport.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { recordedHealth } from '../../support/recorded-health.ts';
import { freePermit, testProvider, testSettings } from '../../support/target.ts';

const says = (text: string, afterMs = 0): Script => ({
  body: [{ send: `say:${text}\n`, afterMs }, { send: 'finish\ndone\n' }, { end: true }],
});
const status = (code: number, error: object = {}): Script => ({
  status: code,
  headers: { 'content-type': 'application/json' },
  body: [{ send: JSON.stringify(error) }, { end: true }],
});

function target(id: string, overrides: Partial<Target> = {}, keys: readonly string[] = []): Target {
  const providerKeys = keys.map((key) => ({
    id: key,
    secret: { kind: 'env', name: key } as const,
    allowsModel: () => true,
    deniesModel: () => false,
    quotas: [],
  }));
  return {
    provider: testProvider('openai', { id, baseUrl: `http://${id}`, keys: providerKeys }),
    model: 'm',
    keys: providerKeys,
    settings: testSettings,
    ...overrides,
  };
}

interface Scene {
  readonly clock: ManualClock;
  readonly transport: MemoryTransport;
  readonly log: AttemptLog;
  readonly cancel: CancelSwitch;
  readonly ports: ExecutionPorts;
  readonly result: Promise<Answer | GatewayError>;
  /** Milliseconds after the start at which each provider was asked. */
  readonly asked: () => string[];
  readonly outcomes: () => string[];
}

function play(
  scripts: Readonly<Record<string, readonly Script[]>>,
  order: readonly Target[],
  options: {
    readonly stream?: boolean;
    readonly json?: Parameters<typeof lineRequest>[0];
    readonly deadlineMs?: number;
    readonly ports?: Partial<ExecutionPorts>;
  } = {},
): Scene {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const transport = new MemoryTransport(clock, scripts);
  const log = new AttemptLog();
  const cancel = new CancelSwitch();
  const ports: ExecutionPorts = {
    transport,
    clock,
    random: () => 0,
    dialectOf: () => lineDialect,
    credential: (_target, key) =>
      key === undefined ? { kind: 'none' } : { kind: 'api_key', value: `secret-${key.id}` },
    credentialRefused: async () => false,
    rests: new KeyRests(),
    hedges: new HedgeBudget(),
    pauses: new KeyPauses(),
    health: recordedHealth(),
    ...options.ports,
  };
  const run: Run = {
    ports,
    request: lineRequest(options.json, options.stream ?? true),
    context: (each) => ({ requestId: 'r', createdS: 0, model: each.model, wantsStreamUsage: false }),
    deadlineAtMs: startMs + (options.deadlineMs ?? 840_000),
    log,
    pastContentPolicy: false,
    admit: () => freePermit,
  };
  return {
    clock,
    transport,
    log,
    cancel,
    ports,
    result: failover(run, order, cancel).catch((error: unknown) => {
      if (error instanceof GatewayError) return error;
      throw error;
    }),
    asked: () => transport.seen.map(({ host, atMs }) => `${host}@${atMs - startMs}`),
    outcomes: () => log.entries.map((entry) => `${entry.provider}:${entry.outcome}`),
  };
}

async function ending(scene: Scene, advanceMs: number): Promise<Answer | GatewayError> {
  await scene.clock.advance(advanceMs);
  return scene.result;
}

const answered = async (scene: Scene, advanceMs = 0): Promise<string> => {
  const end = await ending(scene, advanceMs);
  return end instanceof GatewayError ? `error ${end.status} ${end.code}` : end.target.provider.id;
};

const [a, b] = [target('a'), target('b')];

describe('failover', () => {
  it('takes the first target when it answers, and asks nobody else', async () => {
    const scene = play({ a: [says('hi')], b: [says('no')] }, [a, b]);
    expect(await answered(scene, 0)).toBe('a');
    expect(scene.asked()).toEqual(['a@0']);
  });

  describe.each([
    ['connection refused', { fail: 'refused' } as Script],
    ['reset before headers', { fail: 'reset' } as Script],
    ['503', status(503, { message: 'busy' })],
    ['408', status(408)],
    ['409', status(409)],
    ['529', status(529)],
  ])('transient: %s', (_name, script) => {
    it('retries the same target twice with growing back-off, then goes on', async () => {
      const scene = play({ a: [script], b: [says('hi')] }, [a, b]);
      expect(await answered(scene, 10_000)).toBe('b');
      // Equal jitter with a random source of 0: half of 200 ms, then half of 400 ms.
      expect(scene.asked()).toEqual(['a@0', 'a@100', 'a@300', 'b@300']);
    });

    it('answers from the same target when it recovers', async () => {
      const scene = play({ a: [script, says('hi')] }, [a, b]);
      expect(await answered(scene, 10_000)).toBe('a');
      expect(scene.asked()).toEqual(['a@0', 'a@100']);
    });
  });

  it('honours Retry-After of a transient failure before trying again', async () => {
    const scene = play({ a: [status(503, { retryAfterMs: 2000 }), says('hi')] }, [a]);
    expect(await answered(scene, 10_000)).toBe('a');
    expect(scene.asked()).toEqual(['a@0', 'a@2000']);
  });

  it('does not wait for a Retry-After longer than its patience', async () => {
    const scene = play({ a: [status(503, { retryAfterMs: 60_000 })], b: [says('hi')] }, [a, b]);
    expect(await answered(scene, 10_000)).toBe('b');
    expect(scene.asked()).toEqual(['a@0', 'b@0']);
  });

  it('never retries a silent target', async () => {
    const quick = target('a', { settings: { ...testSettings, firstContentTimeoutMs: 5_000 } });
    const scene = play({ a: [{ never: true }], b: [says('hi')] }, [quick, b]);
    expect(await answered(scene, 6_000)).toBe('b');
    expect(scene.asked()).toEqual(['a@0', 'b@5000']);
    expect(scene.outcomes()).toEqual(['a:silent', 'b:ok']);
  });

  it('counts pings and roles as silence', async () => {
    const quick = target('a', { settings: { ...testSettings, firstContentTimeoutMs: 5_000 } });
    const pings = Array.from({ length: 10 }, () => ({ send: 'ping\n', afterMs: 900 }));
    const scene = play({ a: [{ body: pings }], b: [says('hi')] }, [quick, b]);
    expect(await answered(scene, 6_000)).toBe('b');
    expect(scene.outcomes()).toEqual(['a:silent', 'b:ok']);
  });

  it('gives the last target of a whole reply all the time there is', async () => {
    const slow = (afterMs: number): Script => ({
      headers: { 'content-type': 'application/json' },
      body: [{ send: '{}' }, { end: true }],
      afterMs,
    });
    const scene = play({ a: [slow(200_000)], b: [slow(160_000)] }, [a, b], {
      stream: false,
      deadlineMs: 290_000,
    });
    expect(await answered(scene, 290_000)).toBe('b');
    expect(scene.asked()).toEqual(['a@0', 'b@120000']);
  });

  describe('rate limited', () => {
    it('tries the other key first, then the next target', async () => {
      const keyed = target('a', {}, ['k1', 'k2']);
      const scene = play({ a: [status(429)], b: [says('hi')] }, [keyed, b]);
      expect(await answered(scene, 10_000)).toBe('b');
      expect(scene.asked()).toEqual(['a@0', 'a@0', 'b@0']);
      expect(scene.transport.seen.map(({ request }) => request.headers['authorization'])).toEqual([
        'secret-k1',
        'secret-k2',
        undefined,
      ]);
    });

    it('waits up to 3 s when going on would change the model', async () => {
      const scene = play({ a: [status(429, { retryAfterMs: 3000 }), says('hi')] }, [
        a,
        target('b', { model: 'other' }),
      ]);
      expect(await answered(scene, 10_000)).toBe('a');
      expect(scene.asked()).toEqual(['a@0', 'a@3000']);
    });

    it('does not wait when the next target serves the same model', async () => {
      const scene = play({ a: [status(429, { retryAfterMs: 1000 })], b: [says('hi')] }, [a, b]);
      expect(await answered(scene, 10_000)).toBe('b');
      expect(scene.asked()).toEqual(['a@0', 'b@0']);
    });

    it('waits up to 5 s when nothing else is left, and not a moment longer', async () => {
      const patient = play({ a: [status(429, { retryAfterMs: 5000 }), says('hi')] }, [a]);
      expect(await answered(patient, 10_000)).toBe('a');
      const hasty = play({ a: [status(429, { retryAfterMs: 5001 })] }, [a]);
      const error = await ending(hasty, 10_000);
      expect(error).toMatchObject({ status: 429, retryAfterMs: 5001, shouldRetry: true });
      expect(hasty.asked()).toEqual(['a@0']);
    });
  });

  describe('credential', () => {
    it('rests a refused key and goes on with the other one', async () => {
      const keyed = target('a', {}, ['k1', 'k2']);
      const scene = play({ a: [status(401), says('hi')] }, [keyed]);
      expect(await answered(scene, 0)).toBe('a');
      expect(scene.ports.rests.isResting('a', 'k1', 'any model', scene.clock.nowMs())).toBe(true);
      expect(scene.ports.rests.isResting('a', 'k2', 'm', scene.clock.nowMs())).toBe(false);
    });

    it('rests only the key with this model on a 403', async () => {
      const scene = play({ a: [status(403)], b: [says('hi')] }, [target('a', {}, ['k1']), b]);
      expect(await answered(scene, 0)).toBe('b');
      expect(scene.ports.rests.isResting('a', 'k1', 'm', scene.clock.nowMs())).toBe(true);
      expect(scene.ports.rests.isResting('a', 'k1', 'another', scene.clock.nowMs())).toBe(false);
    });

    it('tries a freshly rotated value at once, and only once', async () => {
      let reads = 0;
      const scene = play({ a: [status(401)], b: [says('hi')] }, [target('a', {}, ['k1']), b], {
        ports: { credentialRefused: async () => ++reads > 0 },
      });
      expect(await answered(scene, 0)).toBe('b');
      expect(scene.asked()).toEqual(['a@0', 'a@0', 'b@0']);
      expect(reads).toBe(1);
    });

    it("tells the caller 502, not the provider's 401", async () => {
      const scene = play(
        { a: [status(401, { message: 'bad key sk-abcdefgh12345 at https://internal.example/x' })] },
        [a],
      );
      const error = await ending(scene, 0);
      expect(error).toMatchObject({ status: 502, code: 'upstream_failed' });
      expect((error as GatewayError).message).toBe('a/m: bad key [key] at [address]');
    });

    it('excludes a key whose secret is unusable, naming why', async () => {
      const scene = play({ b: [says('hi')] }, [target('a', {}, ['k1']), b], {
        ports: { credential: (_t, key) => (key === undefined ? { kind: 'none' } : 'the secret is not JSON') },
      });
      expect(await answered(scene, 0)).toBe('b');
      expect(scene.asked()).toEqual(['b@0']);
      expect(scene.log.entries[0]).toMatchObject({
        outcome: 'credential',
        message: 'the secret is not JSON',
      });
    });
  });

  it.each([
    ['404 unknown path', status(404, { message: 'no such path' })],
    ['413', status(413, { message: 'too large' })],
    ['an unsupported parameter', status(400, { code: 'unsupported_parameter', message: 'no' })],
    ['an unknown model', status(404, { code: 'model_not_found', message: 'no such model' })],
    ['a stream that ends without a finish', { body: [{ send: 'ping\n' }, { end: true }] } as Script],
    ['a cut before content', { body: [{ send: 'ping\n' }, { cut: true }] } as Script],
    ['an error inside a 200 stream', { body: [{ send: 'ping\nerror:{"message":"no"}\n' }] } as Script],
    [
      'an error right behind the first content',
      { body: [{ send: 'say:x\nerror:{"message":"no"}\n' }] } as Script,
    ],
  ])('goes to the next target at once: %s', async (name, script) => {
    const scene = play({ a: [script], b: [says('hi')] }, [a, b]);
    expect(await answered(scene, 10_000)).toBe('b');
    const retried = name.includes('error');
    expect(scene.asked()).toEqual(retried ? ['a@0', 'a@100', 'a@300', 'b@300'] : ['a@0', 'b@0']);
  });

  it('sends a context-length error only to larger windows', async () => {
    const facts = (contextTokens: number) => ({ facts: { model: 'm', family: 'm', contextTokens } });
    const order = [
      target('a', facts(8_000)),
      target('b', facts(8_000)),
      target('c'),
      target('d', facts(32_000)),
    ];
    const scene = play({ a: [status(400, { code: 'context_length_exceeded' })], d: [says('hi')] }, order);
    expect(await answered(scene, 0)).toBe('d');
    expect(scene.asked()).toEqual(['a@0', 'd@0']);
  });

  it.each([
    ['a content refusal', 400, { code: 'content_filter', message: 'blocked' }, 'content_policy_violation'],
    ['an invalid request', 400, { code: 'bad_thing', message: 'messages[0].role is wrong' }, 'bad_thing'],
  ])('never routes around %s', async (_name, code, body, expected) => {
    const scene = play({ a: [status(code, body)], b: [says('hi')] }, [a, b]);
    expect(await answered(scene, 10_000)).toBe(`error 400 ${expected}`);
    expect(scene.asked()).toEqual(['a@0']);
  });

  it("reports the first target's error with every attempt", async () => {
    const scene = play(
      { a: [status(500, { message: 'first' })], b: [status(429, { message: 'second', retryAfterMs: 9000 })] },
      [a, b],
    );
    const error = await ending(scene, 20_000);
    expect(error).toMatchObject({
      status: 500,
      message: 'a/m: first',
      retryAfterMs: 9000,
      shouldRetry: true,
    });
    expect(
      (error as GatewayError).attempts?.map(({ provider, outcome, message }) => [provider, outcome, message]),
    ).toEqual([
      ['a', 'transient', 'first'],
      ['a', 'transient', 'first'],
      ['a', 'transient', 'first'],
      ['b', 'rate_limited', 'second'],
    ]);
  });

  describe('hedging', () => {
    it('starts the next target when the first is slow; the first to speak wins, the other is cancelled', async () => {
      const scene = play({ a: [says('late', 30_000)], b: [says('hi', 1_000)] }, [a, b]);
      expect(await answered(scene, 12_000)).toBe('b');
      expect(scene.asked()).toEqual(['a@0', 'b@10000']);
      expect(scene.transport.cancelled).toEqual(['a']);
    });

    it('lets the first one win when it speaks after all', async () => {
      const scene = play({ a: [says('hi', 10_500)], b: [says('late', 5_000)] }, [a, b]);
      expect(await answered(scene, 12_000)).toBe('a');
      expect(scene.transport.cancelled).toEqual(['b']);
    });

    it('waits six times longer for a model that reasons', async () => {
      const scene = play({ a: [{ never: true }], b: [says('hi')] }, [a, b], {
        json: { reasoning_effort: 'high' },
      });
      expect(await answered(scene, 61_000)).toBe('b');
      expect(scene.asked()).toEqual(['a@0', 'b@60000']);
    });

    it.each([
      ['stored state', { store: true }],
      ['server tools', { tools: [{ type: 'web_search' }] }],
    ])('never hedges with %s', async (_name, json) => {
      const scene = play({ a: [says('hi', 30_000)], b: [says('no')] }, [a, b], { json });
      expect(await answered(scene, 31_000)).toBe('a');
      expect(scene.asked()).toEqual(['a@0']);
    });

    it('never hedges a request that is not streamed', async () => {
      const scene = play(
        {
          a: [
            {
              headers: { 'content-type': 'application/json' },
              body: [{ send: '{}', afterMs: 30_000 }, { end: true }],
            },
          ],
        },
        [a, b],
        { stream: false },
      );
      expect(await answered(scene, 31_000)).toBe('a');
      expect(scene.asked()).toEqual(['a@0']);
    });

    it('is capped: ten to begin with, then one request in twenty', () => {
      const budget = new HedgeBudget();
      const taken = Array.from({ length: 400 }, () => {
        budget.count(a);
        return budget.take(a);
      }).filter(Boolean).length;
      expect(taken).toBe(30);
    });
  });

  it('ends everything at the deadline, whatever is under way', async () => {
    const scene = play({ a: [{ never: true }], b: [{ never: true }] }, [a, b], { deadlineMs: 15_000 });
    const error = await ending(scene, 15_000);
    expect(error).toMatchObject({ status: 504, code: 'deadline_exceeded' });
    expect(scene.transport.open).toBe(0);
    expect(scene.clock.pending).toBe(0);
  });

  it('does not start a retry that would come after the deadline', async () => {
    const scene = play({ a: [status(503, { retryAfterMs: 2_000 })] }, [a], { deadlineMs: 1_000 });
    expect(await answered(scene, 0)).toBe('error 503 upstream_failed');
  });

  it('leaves no timer and no connection behind', async () => {
    const scene = play({ a: [status(503), { fail: 'reset' }, status(401)], b: [says('hi', 100)] }, [a, b]);
    const end = await ending(scene, 10_000);
    if (end instanceof GatewayError || end.outcome.kind !== 'stream') throw new Error('no stream');
    end.outcome.stream.cancel();
    expect(scene.clock.pending).toBe(0);
    expect(scene.transport.open).toBe(0);
  });
});
