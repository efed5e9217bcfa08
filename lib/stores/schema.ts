/**
 * The one place that names tables and their keys: the CDK creates them from here, the stores read and write them by
 * it, the local runner creates them in its embedded database. Data only; `cdk` imports it.
 *
 * Governance items (global table, written at the home region's replica only):
 *   pk "policy"           sk "current"           the pointer: version, digest, number of parts, earlier digests
 *   pk "policy#<digest>"  sk "part#<n>"          immutable parts of the compiled-from document (JSON text)
 *   pk "key#<sha256>"     sk "virtual-key"       one virtual key
 *   pk "team#<id>"        sk "team"
 *   pk "customer#<id>"    sk "customer"
 *   pk "audit#<yyyy-mm>"  sk "<version, 12 digits>"   what a change was, written once
 *                         sk "<version>.<milliseconds, 13 digits>.<request id>"   what was done while it was in force
 *
 * Quota items (global table, each written at one replica only, that of the region its key ends with):
 *   pk "<owner kind>/<owner id>#<quota id>.<unit>#<window>#<lane>#<site>"
 * No sort key: the site has to be part of the leading key, by which IAM (dynamodb:LeadingKeys "*#<site>") refuses
 * every item at any replica but its own, and no partition is shared by two windows, lanes or sites. `expires` is set
 * when an item is opened, 35 days after its window, and never moved: an expiry that moves could delete, by an old copy,
 * what is still in use. In the same table, and written at one replica only for the same reason, what was consumed:
 *   pk "usage/<owner kind>/<owner id>#<yyyy-mm-dd>#<lane>#<site>"
 *
 * Health items (each region's own):
 *   pk "window#<lane>"    sk "<start, 13 digits>#<subject>"   what was counted of a route or a key in five seconds;
 *                         the lane follows from the subject, counters are attributes that begin with "."
 *   pk "snapshot#<0-7>"   sk "current"             copies of what all functions together know of every route
 *   pk "snapshot#claim"   sk "current"             who computes the next one, and until when nobody else does
 *   pk "key-rests"        sk "<end, 13 digits>#[provider, key, model]"   a provider key that was refused and rests
 *
 * Decisions (each region's own):
 *   pk "<request id>"
 */
export interface TableSchema {
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** Number attribute, seconds since the epoch. */
  readonly ttlAttribute?: string;
  /** Replicated to every region of the deployment; otherwise one plain table per region. */
  readonly global: boolean;
}

export const tables = {
  governance: { partitionKey: 'pk', sortKey: 'sk', global: true },
  quotas: { partitionKey: 'pk', ttlAttribute: 'expires', global: true },
  health: { partitionKey: 'pk', sortKey: 'sk', ttlAttribute: 'expires', global: false },
  decisions: { partitionKey: 'pk', ttlAttribute: 'expires', global: false },
} as const satisfies Record<string, TableSchema>;

export type TableName = keyof typeof tables;

/** Environment variables of the functions, named once for `functions` (which read them) and `cdk` (which sets them). */
export const environmentNames = {
  governanceTable: 'FAIRLEAD_GOVERNANCE_TABLE',
  quotasTable: 'FAIRLEAD_QUOTAS_TABLE',
  healthTable: 'FAIRLEAD_HEALTH_TABLE',
  decisionsTable: 'FAIRLEAD_DECISIONS_TABLE',
  /** Comma-separated residency zones of the function's own region. */
  zones: 'FAIRLEAD_ZONES',
  /** `zone=https://host` pairs, comma-separated: where a request for another zone belongs. */
  zoneEndpoints: 'FAIRLEAD_ZONE_ENDPOINTS',
  /** `site=share` pairs, comma-separated, in the order of the deployment; `site=left` for one that has left. */
  sites: 'FAIRLEAD_SITES',
  /** This region's own site. */
  site: 'FAIRLEAD_SITE',
  /** SQS FIFO queue of this region for settlements the ledger could not take. */
  settlementQueueUrl: 'FAIRLEAD_SETTLEMENT_QUEUE_URL',
  /** Where settlements end that could not be carried out; only the admin function needs it. */
  deadSettlementQueueUrl: 'FAIRLEAD_DEAD_SETTLEMENT_QUEUE_URL',
  /** Where governance is written; only the admin function needs it. */
  homeRegion: 'FAIRLEAD_HOME_REGION',
  /** Name of the deployment, a dimension of every metric. */
  deployment: 'FAIRLEAD_DEPLOYMENT',
  /** What secrets of provider keys lie under, with its slash. */
  secretPrefix: 'FAIRLEAD_SECRET_PREFIX',
  /** `public`, `vpc` or `airgapped`: a document for the last names no provider on the internet. */
  networkMode: 'FAIRLEAD_NETWORK_MODE',
  /** Comma-separated domains that are in-house, beside those no public DNS has: what a document may name in `airgapped`. */
  inHouseDomains: 'FAIRLEAD_IN_HOUSE_DOMAINS',
  /** `region=https://host` pairs, comma-separated: private ways to the DynamoDB of other regions. */
  replicaEndpoints: 'FAIRLEAD_REPLICA_ENDPOINTS',
  /** Comma-separated regions whose replicas cannot be reached: nothing is borrowed there. */
  unreachableRegions: 'FAIRLEAD_UNREACHABLE_REGIONS',
  /** Bucket of this region for prompts and answers; absent: they are stored nowhere. */
  promptBucket: 'FAIRLEAD_PROMPT_BUCKET',
  /** `xray` where requests are traced. */
  tracing: 'FAIRLEAD_TRACING',
} as const;
