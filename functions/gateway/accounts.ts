import type { Caller, Policy } from '../../lib/domain/policy.ts';
import type { SettlementQueue } from '../../lib/domain/quota-ledger.ts';
import type { QuotaLedger } from '../../lib/accounting/quota/ledger.ts';
import type { Records } from '../../lib/pipeline/gateway.ts';
import type { RequestQuotas } from '../../lib/pipeline/request-quotas.ts';
import type { Environment } from './environment.ts';

/** What is asked of limits and written down of requests. Loaded when first needed: most of a start is done without. */
export interface Accounts {
  quotas(policy: Policy, caller: Caller): RequestQuotas | Promise<RequestQuotas>;
  records(): Records | Promise<Records>;
  /** Waits for what has been set going. Never rejects. */
  settle(): Promise<void>;
}

interface Quotas {
  readonly ledger: QuotaLedger;
  readonly of: (policy: Policy, caller: Caller) => RequestQuotas;
}

export function createAccounts(environment: Environment): Accounts {
  const quotas = once(() => loadQuotas(environment));
  const records = once(() => loadRecords(environment));
  return {
    quotas: (policy, caller) => {
      const loaded = quotas.get();
      return loaded instanceof Promise
        ? loaded.then((ready) => ready.of(policy, caller))
        : loaded.of(policy, caller);
    },
    records: () => records.get(),
    settle: async () => {
      await Promise.all([quotas.ready()?.ledger.settleAll(), records.ready()?.settle()]);
    },
  };
}

async function loadQuotas(environment: Environment): Promise<Quotas> {
  const [{ QuotaLedger }, { QuotaStore }, { RequestQuotas }] = await Promise.all([
    import('../../lib/accounting/quota/ledger.ts'),
    import('../../lib/stores/quota-store.ts'),
    import('../../lib/pipeline/request-quotas.ts'),
  ]);
  const { region, clock, random, sites, site, log, settlementQueue, dynamoOf } = environment;
  const queue: SettlementQueue = { push: async (settlement) => (await settlementQueue()).push(settlement) };
  const store = new QuotaStore({ region, table: environment.tableNames.quotas, clientFor: dynamoOf });
  const onProblem = (problem: string): void => log({ event: 'quota_problem', problem });
  const ledger = new QuotaLedger({ store, queue, clock, random, onProblem }, sites, site);
  return { ledger, of: (policy, caller) => new RequestQuotas(ledger, clock, policy, caller) };
}

async function loadRecords({ dynamo, tableNames, clock, random, site, log }: Environment) {
  const [{ ConsumptionStore }, { DecisionStore }] = await Promise.all([
    import('../../lib/stores/consumption-store.ts'),
    import('../../lib/stores/decision-store.ts'),
  ]);
  const common = {
    client: dynamo,
    clock,
    onProblem: (problem: string): void => log({ event: 'records_problem', problem }),
  };
  const consumption = new ConsumptionStore({ ...common, table: tableNames.quotas, site, random });
  const decisions = new DecisionStore({ ...common, table: tableNames.decisions });
  return {
    consumption,
    decisions,
    settle: async (): Promise<void> => {
      await Promise.all([consumption.settle(), decisions.settle()]);
    },
  };
}

/** Loads a value once; at hand without a promise from then on. What fails is loaded anew by whoever asks next. */
function once<T extends object>(load: () => Promise<T>) {
  let ready: T | undefined;
  let loading: Promise<T> | undefined;
  return {
    get: (): T | Promise<T> =>
      ready ??
      (loading ??= load().then(
        (value) => (ready = value),
        (error: unknown) => {
          loading = undefined;
          throw error;
        },
      )),
    ready: (): T | undefined => ready,
  };
}
