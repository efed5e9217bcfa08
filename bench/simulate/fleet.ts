import { QuotaLedger } from '../../lib/accounting/quota/ledger.ts';
import { equalShares } from '../../lib/accounting/quota/shares.ts';
import type { Catalog } from '../../lib/domain/policy.ts';
import type { Clock, Transport } from '../../lib/domain/ports.ts';
import type { LedgerStore } from '../../lib/domain/quota-ledger.ts';
import { HedgeBudget } from '../../lib/execution/hedge.ts';
import { KeyPauses } from '../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../lib/execution/key-rests.ts';
import { LiveHealth } from '../../lib/health/live-health.ts';
import type { Gateway } from '../../lib/pipeline.ts';
import { RequestQuotas } from '../../lib/pipeline/request-quotas.ts';
import { MemoryHealthStore } from './memory-health-store.ts';
import { MemoryLedgerStore } from './memory-ledger-store.ts';
import { nameSeed, streamOf } from './random.ts';
import { simulatedDialect, type Job } from './wire.ts';
import type { World } from './world.ts';

export interface FleetOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly governance: Gateway['governance'];
  readonly catalog: Catalog;
  readonly transport: Transport;
  readonly seed: number;
  /** Function environments in each region. */
  readonly environments: number;
  readonly jobOf: (requestId: string) => Job;
  readonly log: Gateway['log'];
  /** Hears of every hedge that is started. */
  readonly onHedge: () => void;
}

/**
 * The function environments of a deployment: each is the real gateway with its own circuits, rests, hedges and copy of
 * the region's health; those of a region share its health table, and all share the quotas. Only what they reach is
 * simulated.
 */
export class Fleet {
  readonly #gateways: ReadonlyMap<string, readonly Gateway[]>;

  constructor(options: FleetOptions) {
    const ledgerStore = new MemoryLedgerStore();
    this.#gateways = new Map(
      [...options.world.regions].map(([region, zones]) => {
        const healthStore = new MemoryHealthStore();
        const all = Array.from({ length: options.environments }, (_, number) =>
          environmentOf(options, { name: region, zones }, number, healthStore, ledgerStore),
        );
        return [region, all];
      }),
    );
  }

  /** One of a region's environments; undefined: there is no such region. */
  at(region: string, choice: number): Gateway | undefined {
    const gateways = this.#gateways.get(region) ?? [];
    return gateways[Math.floor(choice * gateways.length)];
  }
}

class CountedHedges extends HedgeBudget {
  readonly #onHedge: () => void;

  constructor(onHedge: () => void) {
    super();
    this.#onHedge = onHedge;
  }

  override take(...asked: Parameters<HedgeBudget['take']>): boolean {
    const taken = super.take(...asked);
    if (taken) this.#onHedge();
    return taken;
  }
}

function environmentOf(
  options: FleetOptions,
  region: Gateway['region'],
  number: number,
  healthStore: MemoryHealthStore,
  ledgerStore: LedgerStore,
): Gateway {
  const { world, clock, governance, catalog, transport, seed, jobOf, log, onHedge } = options;
  const random = streamOf(seed, nameSeed(region.name), number);
  const rests = new KeyRests((rest) => healthStore.rest(rest));
  const onProblem = (problem: string): void => log({ event: 'problem', problem });
  const health = new LiveHealth({
    store: healthStore,
    clock,
    random,
    onProblem,
    onRests: (known) => rests.learn(known),
  });
  const queue = { push: async () => onProblem('the ledger refused a settlement') };
  const ledger = new QuotaLedger(
    { store: ledgerStore, queue, clock, random, onProblem },
    equalShares([...world.regions.keys()]),
    region.name,
  );
  const dialect = simulatedDialect(jobOf);
  return {
    region,
    zoneEndpoints: new Map(),
    clock,
    random,
    governance,
    catalog: () => catalog,
    dialect: () => dialect,
    keyUnusable: () => false,
    execution: {
      transport,
      credential: (_target, key) =>
        key === undefined ? { kind: 'none' } : { kind: 'api_key', value: `key:${key.id}` },
      credentialRefused: async () => false,
      rests,
      pauses: new KeyPauses(),
      hedges: new CountedHedges(onHedge),
      health,
    },
    healthReady: () => health.ready(),
    readiness: () => Promise.reject(new Error('nobody asks')),
    quotas: (policy, caller) => new RequestQuotas(ledger, clock, policy, caller),
    records: () => ({ consumption: { record: () => undefined }, decisions: { record: () => undefined } }),
    settleStores: async () => {
      await Promise.all([health.settle(), ledger.settleAll()]);
    },
    log,
  };
}
