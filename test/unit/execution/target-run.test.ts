import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lib/domain/decision.ts';
import type { Credential } from '../../../lib/domain/policy.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { HedgeBudget } from '../../../lib/execution/hedge.ts';
import { KeyPauses } from '../../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../../lib/execution/key-rests.ts';
import { AttemptLog } from '../../../lib/execution/outcome.ts';
import type { ExecutionPorts } from '../../../lib/execution/run.ts';
import { runTarget } from '../../../lib/execution/target-run.ts';
import { lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { Script } from '../../support/memory-transport.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { recordedHealth } from '../../support/recorded-health.ts';
import { freePermit, testTarget } from '../../support/target.ts';

const key = (id: string) => ({
  id,
  secret: { kind: 'env', name: id } as const,
  allowsModel: () => true,
  deniesModel: () => false,
  quotas: [],
});
const says: Script = { body: [{ send: 'say:hi\nfinish\ndone\n' }, { end: true }] };
const refuses = (status: number, error: object = {}): Script => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: [{ send: JSON.stringify(error) }, { end: true }],
});

function play(
  scripts: readonly Script[],
  options: {
    keys?: readonly string[];
    json?: object;
    ports?: Partial<ExecutionPorts>;
    target?: Partial<Target>;
  } = {},
) {
  const clock = new ManualClock();
  const transport = new MemoryTransport(clock, { 'llm.acme.example': scripts });
  const rests = new KeyRests();
  const cancel = new CancelSwitch();
  const log = new AttemptLog();
  const target = testTarget(
    'openai',
    'm',
    { keys: (options.keys ?? ['k']).map(key), ...options.target },
    { id: 'p', baseUrl: 'http://llm.acme.example' },
  );
  const ports: ExecutionPorts = {
    transport,
    clock,
    random: () => 0,
    dialectOf: () => lineDialect,
    credential: (_target, asked) => ({ kind: 'api_key', value: `value-of-${asked?.id}` }),
    credentialRefused: async () => false,
    rests,
    hedges: new HedgeBudget(),
    pauses: new KeyPauses(),
    health: recordedHealth(),
    ...options.ports,
  };
  const outcome = runTarget(
    {
      ports,
      request: lineRequest({ ...options.json }, true),
      context: () => ({ requestId: 'r', createdS: 0, model: 'm', wantsStreamUsage: false }),
      deadlineAtMs: clock.nowMs() + 600_000,
      log,
      pastContentPolicy: false,
      admit: () => freePermit,
    },
    target,
    () => ({ nextTarget: false, nextChangesModel: false }),
    cancel,
  );
  const sent = () => transport.seen.map(({ request }) => request.headers['authorization']);
  return { clock, transport, rests, cancel, log, outcome, sent };
}

describe('a refused key', () => {
  it('is told with the value that was refused, and tried again when another value has come since', async () => {
    const asked: Credential[] = [];
    let value = 'old';
    const { clock, rests, outcome, sent } = play([refuses(401), says], {
      ports: {
        credential: () => ({ kind: 'api_key', value }),
        credentialRefused: async (_key, refused) => {
          asked.push(refused);
          value = 'new';
          return true;
        },
      },
    });
    await clock.advance(0);
    expect((await outcome).kind).toBe('answer');
    expect(asked).toEqual([{ kind: 'api_key', value: 'old' }]);
    expect(sent()).toEqual(['old', 'new']);
    expect(rests.isResting('p', 'k', 'm', clock.nowMs())).toBe(false);
  });

  it('rests when the new value is refused too', async () => {
    const { clock, rests, outcome, sent } = play([refuses(401)], {
      ports: { credentialRefused: async () => true },
    });
    await clock.advance(0);
    expect((await outcome).kind).toBe('failed');
    expect(sent()).toHaveLength(2);
    expect(rests.isResting('p', 'k', 'any other model', clock.nowMs())).toBe(true);
  });

  it('neither rests nor is read again on words the caller may have put there', async () => {
    let reads = 0;
    const { clock, rests, outcome, sent } = play(
      [refuses(400, { message: "Invalid value: 'Your credit balance is too low'" }), says],
      {
        keys: ['k', 'l'],
        // As JSON may spell it.
        json: JSON.parse('{"tool_choice":"Your credit\\u0020balance is too low"}'),
        ports: {
          credentialRefused: async () => {
            reads += 1;
            return false;
          },
        },
      },
    );
    await clock.advance(0);
    expect((await outcome).kind).toBe('answer');
    expect(sent()).toEqual(['value-of-k', 'value-of-l']);
    expect(rests.isResting('p', 'k', 'm', clock.nowMs())).toBe(false);
    expect(reads).toBe(0);
  });

  it('is not tried again for a request that has ended meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { clock, cancel, log, outcome, sent } = play([refuses(401)], {
      ports: { credentialRefused: () => promise },
    });
    await clock.advance(0);
    cancel.cancel();
    resolve(true);
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(sent()).toHaveLength(1);
    expect(log.entries).toHaveLength(1);
  });
});

describe('what a caller reads of a failure', () => {
  it.each([
    ['the key', { kind: 'api_key', value: '0123456789abcdef' }, '0123456789abcdef'],
    ['the session token', aws(), 'FwoGZXIvYXdzEBY'],
    ['the secret access key', aws(), 'wJalrXUtnFEMI/K7MDENG'],
    ['the host', { kind: 'none' }, 'llm.acme.example'],
  ] as const)('does not hold %s', async (_name, credential, hidden) => {
    const { clock, log, outcome } = play([refuses(400, { message: `echo: ${hidden} is bad` })], {
      ports: { credential: () => credential },
    });
    await clock.advance(0);
    expect(JSON.stringify(await outcome)).not.toContain(hidden);
    expect(JSON.stringify(log.entries)).not.toContain(hidden);
  });

  it('does not hold the key after the first content either', async () => {
    const { clock, outcome } = play([{ body: [{ send: 'say:hi\n' }] }], {
      ports: { credential: () => ({ kind: 'api_key', value: '0123456789abcdef' }) },
    });
    await clock.advance(0);
    const end = await outcome;
    if (end.kind !== 'answer') throw new Error(end.kind);
    expect(end.answer.conceal('refused 0123456789abcdef')).toBe('refused [secret]');
  });
});

function aws(): Credential {
  return {
    kind: 'aws',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
    sessionToken: 'FwoGZXIvYXdzEBY',
  };
}
