import type { Clock } from '../../lib/domain/ports.ts';
import { keyLost, type GlobalTableState } from '../../lib/stores/replica-states.ts';
import { embedded } from '../../lib/telemetry/embedded-metrics.ts';

export interface MaintenanceEnvironment {
  readonly region: string;
  /** Name of the deployment, a dimension of its metrics. */
  readonly deployment: string;
  /** Regions that hold a replica of every global table. */
  readonly regions: readonly string[];
  readonly tables: readonly string[];
  /** Rejects with what the SDK throws. */
  readonly stateOf: (table: string) => Promise<GlobalTableState>;
  readonly clock: Clock;
  /** One JSON line of the log. */
  readonly log: (record: object) => void;
}

/** Serves, or is expected not to yet: a region joins before anything relies on its replica. */
const wellStates: readonly string[] = ['ACTIVE', 'UPDATING', 'CREATING'];

/** DynamoDB takes a replica whose key it cannot use for 20 hours out of its table, which then says nothing of it. */
const missing = 'MISSING';

interface Trouble {
  readonly table: string;
  readonly region: string;
  readonly state: string;
}

/**
 * Looks after what nobody else would miss until it is too late: a replica that no longer takes part in its table, a key
 * that can no longer be used. One line a run, which carries the metrics; they are zero when all is well. A look that
 * fails is no metric but a run that fails: rejects with what the SDK throws, its name being in the log.
 */
export async function maintain(environment: MaintenanceEnvironment): Promise<void> {
  const { region, deployment, tables, stateOf, clock, log } = environment;
  const startedMs = clock.nowMs();
  const line = { event: 'maintenance', region };
  let states: readonly GlobalTableState[];
  try {
    states = await Promise.all(tables.map(stateOf));
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    log({ ...line, error: name, duration_ms: clock.nowMs() - startedMs });
    throw error;
  }
  const replicas = states.flatMap((state) => troubleOf(state, environment.regions));
  const keys = replicas.filter(({ state }) => state === keyLost);
  // A key DynamoDB has just lost, before the table's own state tells.
  const early = states.filter(({ keyUsable, replicas: each }) => !keyUsable && each.get(region) !== keyLost);
  log({
    ...embedded(startedMs, deployment, [
      { metric: 'replicasUnavailable', value: replicas.length, unit: 'Count' },
      { metric: 'keysUnavailable', value: keys.length + early.length, unit: 'Count' },
    ]),
    ...line,
    tables: states.length,
    replicas_unavailable: replicas,
    keys_unavailable: [
      ...keys.map(({ table, region: where }) => ({ table, region: where })),
      ...early.map(({ table }) => ({ table, region })),
    ],
    duration_ms: clock.nowMs() - startedMs,
  });
}

function troubleOf({ table, replicas }: GlobalTableState, regions: readonly string[]): readonly Trouble[] {
  const expected = new Set([...regions, ...replicas.keys()]);
  return [...expected]
    .map((region): Trouble => ({ table, region, state: replicas.get(region) ?? missing }))
    .filter(({ state }) => !wellStates.includes(state));
}
