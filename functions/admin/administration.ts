import type { Administration } from '../../lib/admin.ts';
import { readConsumption } from '../../lib/stores/consumption-reader.ts';
import { DecisionStore } from '../../lib/stores/decision-store.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { KeyRestStore } from '../../lib/stores/key-rest-store.ts';
import { QuotaStore } from '../../lib/stores/quota-store.ts';
import { secretStateOf } from '../../lib/stores/secret-states.ts';
import { StoredGovernance } from '../../lib/stores/stored-governance.ts';
import { scopePage } from '../../lib/stores/stored-scopes.ts';
import type { AdminEnvironment } from './environment.ts';

const keyBytes = 32;

/** Joins administration to the outside, once per process. */
export function createAdministration(environment: AdminEnvironment): Administration {
  const { region, clock, dynamo, homeDynamo, tableNames, sites, site, rules, log } = environment;
  const table = tableNames.governance;
  const writer = new GovernanceWriter({ client: homeDynamo, table, clock });
  const home = new StoredGovernance({ client: homeDynamo, table });
  const onProblem = (problem: string): void => log({ event: 'records_problem', problem });
  const decisions = new DecisionStore({ client: dynamo, table: tableNames.decisions, clock, onProblem });
  const rests = new KeyRestStore({ client: dynamo, table: tableNames.health, clock, onProblem });
  const quotas = new QuotaStore({ region, table: tableNames.quotas, clientFor: () => dynamo });
  const secrets = { client: environment.secrets, readEnv: environment.readEnv ?? (() => undefined) };
  return {
    region,
    clock,
    rules,
    newKey: () => `fl-${environment.randomBytes(keyBytes).toString('base64url')}`,
    home: {
      read: () => writer.read(),
      put: (document, expectedVersion, how) => writer.put(document, expectedVersion, how),
      record: (note) => writer.record(note),
      audit: (month, page) => writer.audit(month, page),
      policy: () => home.policy(),
      scope: (kind, id) => home.scope(kind, id),
      scopes: (after) => scopePage({ client: homeDynamo, table }, after),
    },
    stored: new StoredGovernance({ client: dynamo, table }),
    sites,
    site,
    balances: quotas,
    ownItems: quotas,
    consumption: (owner, from, to) =>
      readConsumption(
        { client: dynamo, table: tableNames.quotas },
        owner,
        from,
        to,
        sites.map((each) => each.site),
      ),
    secretState: (secret) => secretStateOf(secrets, secret),
    rests: () => rests.list(),
    settlements: {
      standing: async () => (await environment.settlements()).standing(),
      replay: async () => (await environment.settlements()).replay(),
    },
    decision: (requestId) => decisions.get(requestId),
    log,
  };
}
