import { environmentNames } from '../../lib/stores/schema.ts';
import type { Deployment, DeploymentRegion } from '../deployment.ts';

/** The variables of one region's functions, by what each function needs to know. */
export interface RegionEnvironment {
  /** Of whoever keeps the ledger. */
  readonly ledger: Record<string, string>;
  readonly gateway: Record<string, string>;
  readonly admin: Record<string, string>;
  readonly maintenance: Record<string, string>;
  readonly seed: Record<string, string>;
}

/** Names of tables and queues as the functions are told them; a variable with nothing in it is left out. */
export function environmentOf(
  deployment: Deployment,
  { site, zones, replicaEndpoints }: DeploymentRegion,
  made: {
    readonly tables: Readonly<Record<'governance' | 'quotas' | 'health' | 'decisions', string>>;
    readonly queueUrl: string;
    readonly deadQueueUrl: string;
    readonly unreachableRegions: readonly string[];
    readonly promptBucket?: string | undefined;
  },
): RegionEnvironment {
  const names = environmentNames;
  const ledger = told({
    [names.deployment]: deployment.name,
    [names.quotasTable]: made.tables.quotas,
    [names.sites]: sitesOf(deployment),
    [names.site]: site,
    [names.unreachableRegions]: made.unreachableRegions.join(','),
    [names.replicaEndpoints]: pairs(replicaEndpoints),
  });
  const governance = { [names.governanceTable]: made.tables.governance };
  const tables = {
    ...governance,
    [names.healthTable]: made.tables.health,
    [names.decisionsTable]: made.tables.decisions,
  };
  return {
    ledger,
    maintenance: told({ ...ledger, ...governance }),
    seed: governance,
    gateway: told({
      ...ledger,
      ...tables,
      [names.settlementQueueUrl]: made.queueUrl,
      [names.zoneEndpoints]: pairs(deployment.zoneEndpoints),
      [names.zones]: zones.join(','),
      [names.promptBucket]: made.promptBucket ?? '',
      [names.tracing]: deployment.tracing === 'off' ? '' : deployment.tracing,
    }),
    admin: told({
      ...ledger,
      ...tables,
      [names.homeRegion]: deployment.homeRegion,
      [names.secretPrefix]: deployment.secretPrefix,
      [names.networkMode]: deployment.network.mode,
      [names.inHouseDomains]:
        deployment.network.mode === 'airgapped' ? deployment.network.inHouseDomains.join(',') : '',
      [names.settlementQueueUrl]: made.queueUrl,
      [names.deadSettlementQueueUrl]: made.deadQueueUrl,
      [names.zones]: zones.join(','),
    }),
  };
}

const told = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));

const pairs = (urls: Readonly<Record<string, string>>): string =>
  Object.entries(urls)
    .map(([name, url]) => `${name}=${url}`)
    .join(',');

/** Every site with its share, as the functions read it. */
export const sitesOf = ({ regions, formerSites }: Deployment): string =>
  [
    ...regions.map(({ site, share }) => `${site}=${share ?? 1 / regions.length}`),
    ...formerSites.map((site) => `${site}=left`),
  ].join(',');
