import { catalogData, loadCatalog } from '../../lib/accounting/catalog.ts';
import { hostProfile, loadDialect } from '../../lib/dialects/index.ts';
import type { Catalog, Credential, ProviderKey } from '../../lib/domain/policy.ts';
import type { Target } from '../../lib/domain/decision.ts';
import { HedgeBudget } from '../../lib/execution/hedge.ts';
import { KeyPauses } from '../../lib/execution/key-pauses.ts';
import type { Gateway } from '../../lib/pipeline.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../lib/policy/stored.ts';
import { GovernanceReader } from '../../lib/stores/governance-reader.ts';
import { SecretStore } from '../../lib/stores/secret-store.ts';
import type { SecretReading } from '../../lib/stores/secret-value.ts';
import { HttpTransport } from '../../lib/transport/http-transport.ts';
import { createAccounts } from './accounts.ts';
import type { Environment } from './environment.ts';
import { createHealth } from './health.ts';
import { createReadiness } from './readiness.ts';

/** Joins the core to the outside, once per process. */
export function createGateway(environment: Environment): Gateway & {
  /** Reads policy, health and catalog ahead of the first request; never rejects. */
  readonly warm: () => Promise<void>;
} {
  const { clock, log, tracer } = environment;
  const governance = new GovernanceReader({
    client: environment.dynamo,
    table: environment.tableNames.governance,
    clock,
    compilePolicy: (stored, pointer) => compileStoredPolicy(stored, pointer, hostProfile),
    compileCaller: compileStoredCaller,
    onProblem: (problem) => log({ event: 'governance_problem', problem }),
  });
  const secrets = new SecretStore({
    client: environment.secrets,
    readEnv: environment.readEnv ?? (() => undefined),
    clock,
    onProblem: (secret, problem) => log({ event: 'secret_problem', secret, problem }),
  });
  const catalog = lazyCatalog();
  const accounts = createAccounts(environment);
  const health = createHealth(environment);
  return {
    region: { name: environment.region, zones: environment.zones },
    zoneEndpoints: environment.zoneEndpoints,
    clock,
    random: environment.random,
    governance,
    catalog,
    dialect: loadDialect,
    keyUnusable: (key) => secrets.peek(key.secret)?.kind === 'unusable',
    execution: {
      transport: environment.transport ?? new HttpTransport(clock),
      credential: (target, key) =>
        key === undefined ? ownCredential(environment, target) : credentialOf(secrets, key),
      credentialRefused: (key, refused) => rotated(secrets, key, refused),
      rests: health.rests,
      hedges: new HedgeBudget(),
      pauses: new KeyPauses(),
      health: health.live,
    },
    healthReady: () => health.live.ready(),
    readiness: createReadiness(environment, governance, health.live, secrets),
    quotas: accounts.quotas,
    records: accounts.records,
    settleStores: async () => {
      await Promise.all([governance.settle(), secrets.settle(), accounts.settle(), health.settle()]);
    },
    log,
    ...(tracer !== undefined && { trace: async (...over) => (await tracer())(...over) }),
    warm: async () => {
      await Promise.allSettled([governance.warm(), catalog(), health.live.ready()]);
    },
  };
}

/** Decoded once; without a promise from then on. */
function lazyCatalog(): () => Catalog | Promise<Catalog> {
  let known: Catalog | Promise<Catalog> | undefined;
  const load = async (): Promise<Catalog> => {
    try {
      return (known = loadCatalog(await catalogData()));
    } catch (error) {
      // The next request asks again.
      known = undefined;
      throw error;
    }
  };
  return () => (known ??= load());
}

function credentialOf(
  secrets: SecretStore,
  key: ProviderKey,
): Credential | string | Promise<Credential | string> {
  const reading = secrets.peek(key.secret);
  return reading === undefined
    ? secrets.get(key.secret).then((read) => usable(key, read))
    : usable(key, reading);
}

const usable = (key: ProviderKey, reading: SecretReading): Credential | string =>
  reading.kind === 'unusable' ? `provider key "${key.id}": its ${where(key)} ${reading.reason}` : reading;

const where = (key: ProviderKey): string => (key.secret.kind === 'env' ? 'environment variable' : 'secret');

/** A provider that needs no key gets none; Bedrock is signed with the function's own role. */
function ownCredential(
  environment: Environment,
  target: Target,
): Credential | string | Promise<Credential | string> {
  if (target.provider.type !== 'bedrock') return { kind: 'none' };
  const missing = `provider "${target.provider.id}" has no AWS credentials here`;
  return environment.awsCredentials?.().catch(() => missing) ?? missing;
}

/** Whether a refused key has another value by now: a refresh may have brought it while the attempt was under way. */
async function rotated(secrets: SecretStore, key: ProviderKey, refused: Credential): Promise<boolean> {
  const isOther = (reading: SecretReading | undefined): boolean =>
    reading !== undefined &&
    reading.kind !== 'unusable' &&
    JSON.stringify(reading) !== JSON.stringify(refused);
  return isOther(secrets.peek(key.secret)) || isOther(await secrets.refreshNow(key.secret));
}
