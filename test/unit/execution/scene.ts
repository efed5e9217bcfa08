import { lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTransport, type Script } from '../../support/memory-transport.ts';
import { type RecordedHealth, recordedHealth } from '../../support/recorded-health.ts';
import { freePermit, testProvider, testSettings } from '../../support/target.ts';
import type { ClientRequest } from '../../../lib/dialects/contract.ts';
import type { Target } from '../../../lib/domain/decision.ts';
import { HedgeBudget } from '../../../lib/execution/hedge.ts';
import { KeyPauses } from '../../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../../lib/execution/key-rests.ts';
import { AttemptLog } from '../../../lib/execution/outcome.ts';
import type { ExecutionPorts, Run } from '../../../lib/execution/run.ts';

/** A target of provider `id`, reached at the host of that name. */
export function targetAt(id: string, overrides: Partial<Target> = {}, keys: readonly string[] = []): Target {
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

export const says = (text: string, afterMs = 0): Script => ({
  body: [{ send: `say:${text}\n`, afterMs }, { send: 'finish\ndone\n' }, { end: true }],
});

export const refuses = (
  status: number,
  error: object = {},
  headers: Readonly<Record<string, string>> = {},
): Script => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: [{ send: JSON.stringify(error) }, { end: true }],
});

/** A whole reply. */
export const replies = (afterMs: number, headers: Readonly<Record<string, string>> = {}): Script => ({
  headers: { 'content-type': 'application/json', ...headers },
  afterMs,
  body: [{ send: '{}' }, { end: true }],
});

export interface Stage {
  readonly clock: ManualClock;
  readonly transport: MemoryTransport;
  readonly health: RecordedHealth;
  readonly log: AttemptLog;
  readonly run: Run;
  /** Host and moment of every request, from the start. */
  asked(): string[];
  outcomes(): string[];
}

/** A run before scripted providers, in memory and on a clock that the test turns. */
export function stageRun(
  scripts: Readonly<Record<string, readonly Script[]>>,
  options: {
    readonly request?: ClientRequest;
    readonly stream?: boolean;
    readonly health?: RecordedHealth;
    readonly deadlineMs?: number;
    readonly ports?: Partial<ExecutionPorts>;
    readonly run?: Partial<Run>;
  } = {},
): Stage {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const transport = new MemoryTransport(clock, scripts);
  const health = options.health ?? recordedHealth();
  const log = new AttemptLog();
  const request = options.request ?? lineRequest({}, options.stream ?? true);
  const run: Run = {
    ports: {
      transport,
      clock,
      random: () => 0,
      dialectOf: () => lineDialect,
      credential: (_target, key) =>
        key === undefined ? { kind: 'none' } : { kind: 'api_key', value: `secret-${key.id}` },
      credentialRefused: async () => false,
      rests: new KeyRests(),
      pauses: new KeyPauses(),
      hedges: new HedgeBudget(),
      health,
      ...options.ports,
    },
    request,
    context: (target) => ({
      requestId: 'r',
      createdS: 7,
      model: target.model,
      wantsStreamUsage: request.wantsStreamUsage,
    }),
    deadlineAtMs: startMs + (options.deadlineMs ?? 840_000),
    log,
    pastContentPolicy: false,
    admit: () => freePermit,
    ...options.run,
  };
  return {
    clock,
    transport,
    health,
    log,
    run,
    asked: () => transport.seen.map(({ host, atMs }) => `${host}@${atMs - startMs}`),
    outcomes: () => log.entries.map((entry) => `${entry.provider}:${entry.outcome}`),
  };
}
