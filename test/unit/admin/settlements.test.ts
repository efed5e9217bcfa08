import { describe, expect, it } from 'vitest';
import {
  SettlementsUnavailable,
  type DeadSettlements,
  type SettlementsStanding,
} from '../../../lib/domain/dead-settlements.ts';
import { asArray } from '../../../lib/domain/json.ts';
import { actor, refusal, stage, startMs } from './scene.ts';

class Queue implements DeadSettlements {
  readonly #standing: SettlementsStanding;
  replays = 0;
  away = false;

  constructor(standing: Partial<SettlementsStanding> = {}) {
    this.#standing = { waiting: 3, dead: 2, ...standing };
  }

  async standing(): Promise<SettlementsStanding> {
    if (this.away) throw new SettlementsUnavailable('secret endpoint');
    return this.#standing;
  }

  async replay(): Promise<void> {
    this.replays += 1;
  }
}

const running = { state: 'running', moved: 1, startedMs: startMs } as const;

describe('settlements', () => {
  it('are counted, with when the dead were given up and how the last replay went', async () => {
    const settlements = new Queue({
      deadSinceMs: startMs - 60_000,
      replay: { state: 'completed', moved: 40, startedMs: startMs },
    });
    const { call } = await stage({ settlements });
    const { status, body } = await call('GET /settlements');
    expect([status, body]).toEqual([
      200,
      {
        region: 'eu-central-1',
        waiting: 3,
        dead: 2,
        deadSince: '2026-11-24T09:59:00.000Z',
        lastReplay: { state: 'completed', moved: 40, startedAt: '2026-11-24T10:00:00.000Z' },
      },
    ]);
    expect(asArray((await call('GET /audit')).body['records'])).toHaveLength(1);
  });

  it('cannot be seen while the queue is away, which is told without its address', async () => {
    const settlements = new Queue();
    settlements.away = true;
    const { call } = await stage({ settlements });
    const answer = await call('GET /settlements');
    expect(refusal(answer)).toEqual([503, 'unavailable']);
    expect(JSON.stringify(answer)).not.toContain('secret endpoint');
  });
});

describe('a replay', () => {
  it('is begun, and written down with who asked for it, in its place between two versions', async () => {
    const settlements = new Queue();
    const { call, clock } = await stage({ settlements });
    await clock.advance(5_000);
    const { status, body } = await call('POST /settlements/replay');
    expect([status, body]).toEqual([202, { region: 'eu-central-1', begun: true, waiting: 3, dead: 2 }]);
    expect(settlements.replays).toBe(1);
    await call('POST /keys/app/disable');

    const audit = await call('GET /audit');
    expect(asArray(audit.body['records'])).toMatchObject([
      { version: 2, action: 'key.disable' },
      {
        version: 1,
        action: 'settlement.replay',
        actor,
        requestId: 'request-2',
        atMs: startMs + 5_000,
        changes: [{ path: 'settlements["eu-central-1"].dead', before: 2 }],
      },
      { version: 1, action: 'document.replace' },
    ]);
    const first = await call('GET /audit?limit=2');
    const rest = await call(`GET /audit?after=${String(first.body['next'])}`);
    expect(asArray(rest.body['records'])).toMatchObject([{ action: 'document.replace' }]);
  });

  it('is written down twice where it is asked for twice in a millisecond', async () => {
    const { call } = await stage({ settlements: new Queue() });
    await call('POST /settlements/replay');
    await call('POST /settlements/replay');
    expect(asArray((await call('GET /audit')).body['records'])).toHaveLength(3);
  });

  it('is written down before any document is', async () => {
    const { call } = await stage({ document: null, settlements: new Queue() });
    expect((await call('POST /settlements/replay')).status).toBe(202);
    expect(asArray((await call('GET /audit')).body['records'])).toMatchObject([{ version: 0 }]);
  });

  it.each([
    ['nothing is dead', new Queue({ dead: 0 })],
    ['one runs already', new Queue({ replay: running })],
  ])('is not begun, nor written down, where %s', async (_, settlements) => {
    const { call } = await stage({ settlements });
    const { status, body } = await call('POST /settlements/replay');
    expect([status, body['begun'], settlements.replays]).toEqual([200, false, 0]);
    expect(asArray((await call('GET /audit')).body['records'])).toHaveLength(1);
  });

  it('is begun after one that has ended', async () => {
    const settlements = new Queue({ replay: { ...running, state: 'failed' } });
    const { call } = await stage({ settlements });
    expect((await call('POST /settlements/replay')).status).toBe(202);
  });

  it('takes no words it does not know', async () => {
    const settlements = new Queue();
    const { call } = await stage({ settlements });
    expect(refusal(await call('POST /settlements/replay', { most: 5 }))).toEqual([400, 'invalid_request']);
    expect(settlements.replays).toBe(0);
  });
});
