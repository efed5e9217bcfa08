import { describe, expect, it } from 'vitest';
import { maintain } from '../../../../functions/maintenance/maintain.ts';
import { asObject, parseJson, type JsonObject } from '../../../../lib/domain/json.ts';
import { keyLost, type GlobalTableState } from '../../../../lib/stores/replica-states.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const [own, us, ap] = ['eu-central-1', 'us-east-1', 'ap-northeast-1'] as const;
const startMs = Date.parse('2026-11-24T10:00:00Z');
const well: GlobalTableState = {
  table: 'governance',
  replicas: new Map([
    [own, 'ACTIVE'],
    [us, 'ACTIVE'],
    [ap, 'ACTIVE'],
  ]),
  keyUsable: true,
};
const tableWith = (states: Readonly<Record<string, string>>, more: Partial<GlobalTableState> = {}) => ({
  ...well,
  replicas: new Map([...well.replicas, ...Object.entries(states)]),
  ...more,
});

/** One run that sees governance so, and quotas well; its lines. */
async function run(governance: GlobalTableState | Error, regions: readonly string[] = [own, us, ap]) {
  const clock = new ManualClock(startMs);
  const lines: JsonObject[] = [];
  const running = maintain({
    region: own,
    deployment: 'fairlead',
    regions,
    tables: ['governance', 'quotas'],
    stateOf: async (table) => {
      if (table === 'quotas')
        return { ...well, table, replicas: new Map(regions.map((each) => [each, 'ACTIVE'])) };
      if (governance instanceof Error) throw governance;
      return governance;
    },
    clock,
    log: (record) => void lines.push(asObject(parseJson(JSON.stringify(record)))),
  });
  return { running, lines };
}

async function measured(governance: GlobalTableState, regions?: readonly string[]) {
  const { running, lines } = await run(governance, regions);
  await running;
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}

describe('a run of maintenance', () => {
  it('writes one line, whose metrics are zero when all is well', async () => {
    expect(await measured(well)).toEqual({
      _aws: {
        Timestamp: startMs,
        CloudWatchMetrics: [
          {
            Namespace: 'Fairlead',
            Dimensions: [['Deployment']],
            Metrics: [
              { Name: 'ReplicasUnavailable', Unit: 'Count' },
              { Name: 'KeysUnavailable', Unit: 'Count' },
            ],
          },
        ],
      },
      Deployment: 'fairlead',
      ReplicasUnavailable: 0,
      KeysUnavailable: 0,
      event: 'maintenance',
      region: own,
      tables: 2,
      replicas_unavailable: [],
      keys_unavailable: [],
      duration_ms: 0,
    });
  });

  it.each([
    ['ACTIVE', 0, 0],
    ['UPDATING', 0, 0],
    ['CREATING', 0, 0],
    ['CREATION_FAILED', 1, 0],
    ['DELETING', 1, 0],
    ['REGION_DISABLED', 1, 0],
    ['ARCHIVED', 1, 0],
    ['UNKNOWN', 1, 0],
    [keyLost, 1, 1],
  ])('of a replica that is %s counts %i, and %i keys, wherever it is', async (state, replicas, keys) => {
    for (const region of [own, us]) {
      expect(await measured(tableWith({ [region]: state }))).toMatchObject({
        ReplicasUnavailable: replicas,
        KeysUnavailable: keys,
        replicas_unavailable: replicas === 0 ? [] : [{ table: 'governance', region, state }],
        keys_unavailable: keys === 0 ? [] : [{ table: 'governance', region }],
      });
    }
  });

  it('misses a replica its table says nothing of any more', async () => {
    const gone = {
      ...well,
      replicas: new Map([
        [own, 'ACTIVE'],
        [us, 'ACTIVE'],
      ]),
    };
    expect(await measured(gone)).toMatchObject({
      ReplicasUnavailable: 1,
      replicas_unavailable: [{ table: 'governance', region: ap, state: 'MISSING' }],
    });
    expect(await measured(gone, [own, us])).toMatchObject({ ReplicasUnavailable: 0 });
  });

  it('counts a key DynamoDB has just lost, once', async () => {
    const early = tableWith({}, { keyUsable: false });
    expect(await measured(early)).toMatchObject({
      ReplicasUnavailable: 0,
      KeysUnavailable: 1,
      keys_unavailable: [{ table: 'governance', region: own }],
    });
    expect(await measured(tableWith({ [own]: keyLost }, { keyUsable: false }))).toMatchObject({
      ReplicasUnavailable: 1,
      KeysUnavailable: 1,
    });
  });

  it('that cannot look fails, without a metric that would say all is well', async () => {
    const error = Object.assign(new Error('secret endpoint'), { name: 'AccessDeniedException' });
    const { running, lines } = await run(error);
    await expect(running).rejects.toBe(error);
    expect(lines).toEqual([
      { event: 'maintenance', region: own, error: 'AccessDeniedException', duration_ms: 0 },
    ]);
  });
});
