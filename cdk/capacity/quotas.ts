import { busiestQuota, partitionWriteUnits, tableUnits, unsettledPerLane } from './table-units.ts';
import { regionalRate, type Demand } from './demand.ts';
import { inFlight, inFlightAtMost } from './environments.ts';

/** What AWS, or the gateway, lets happen at once in one region, beside what is asked of it. */
export interface Quota {
  readonly what: string;
  readonly limit: number;
  readonly needed: number;
  /** What to do where it does not suffice. */
  readonly remedy: string;
  readonly source: string;
  /** No documentation was found that states the figure. */
  readonly unconfirmed?: true;
}

export const suffices = ({ limit, needed }: Quota): boolean => needed <= limit;

const docs = (path: string): string => `https://docs.aws.amazon.com/${path}`;
const raise = 'raise it in Service Quotas';

/** Symmetric requests a second, by region; 10,000 elsewhere. */
const keyRequests: Readonly<Record<string, number>> = {
  'us-east-1': 100_000,
  'us-west-2': 100_000,
  'eu-west-1': 100_000,
  'us-east-2': 20_000,
  'ap-southeast-1': 20_000,
  'ap-southeast-2': 20_000,
  'ap-northeast-1': 20_000,
  'eu-central-1': 20_000,
  'eu-west-2': 20_000,
};

/** A secret is read again after so long, and a table's key asked for. */
const refreshSeconds = 300;
const tableCount = 4;
/** A streamed token's event, and a token of a whole answer. */
const bytesPerToken = { streamed: 250, whole: 4 } as const;
const answerKb = ({ outputTokens }: Demand, streamed: boolean): number =>
  (outputTokens * (streamed ? bytesPerToken.streamed : bytesPerToken.whole)) / 1_024;

/** Every limit worth looking at for this demand, of one region. */
export function quotasOf(demand: Demand): readonly Quota[] {
  const rate = regionalRate(demand);
  const environments = inFlightAtMost(inFlight(rate, demand.seconds));
  return [...ofFunctions(demand, rate, environments), ...ofTables(demand), ...ofRest(demand, environments)];
}

function ofFunctions(demand: Demand, rate: number, environments: number): readonly Quota[] {
  const lambda = docs('lambda/latest/dg/gettingstarted-limits.html');
  const api = docs('apigateway/latest/developerguide/limits.html');
  const streaming = docs('apigateway/latest/developerguide/response-transfer-mode.html');
  return [
    {
      what: 'Lambda concurrent executions',
      limit: 1_000,
      needed: environments,
      remedy: `${raise}, or serve with managed instances`,
      source: lambda,
    },
    {
      what: 'Lambda requests a second, ten times the former',
      limit: 10 * Math.max(1_000, environments),
      needed: rate,
      remedy: 'raise concurrent executions to a tenth of it',
      source: lambda,
    },
    {
      what: 'environments of one function more in 10 s',
      limit: 1_000,
      needed: environments,
      remedy: 'keep environments provisioned, or let traffic grow no faster',
      source: docs('lambda/latest/dg/scaling-behavior.html'),
    },
    {
      what: 'API Gateway requests a second, of the account',
      limit: 10_000,
      needed: rate,
      remedy: `${raise}, and api.requestsPerSecond with it`,
      source: api,
    },
    {
      what: 'seconds of a streamed answer',
      limit: 900,
      needed: demand.streamShare > 0 ? (demand.p99Seconds ?? demand.seconds) : 0,
      remedy: 'none: API Gateway ends it',
      source: streaming,
    },
    {
      what: 'seconds of a whole answer',
      limit: 290,
      needed: demand.streamShare < 1 ? (demand.p99Seconds ?? demand.seconds) : 0,
      remedy: 'stream instead',
      source: streaming,
    },
    {
      what: 'KB of an answer before it is slowed to 2 MB/s',
      limit: 6 * 1_024,
      needed: answerKb(demand, demand.streamShare > 0),
      remedy: 'none: Lambda paces what is longer',
      source: docs('lambda/latest/dg/configuration-response-streaming.html'),
    },
  ];
}

function ofTables(demand: Demand): readonly Quota[] {
  const source = docs('amazondynamodb/latest/developerguide/ServiceQuotas.html');
  const busiest = busiestQuota(demand);
  const lanes = busiest.lanes <= 16 ? `lanes: ${busiest.lanes}` : 'split the owner: lanes end at 16';
  return [
    ...tableUnits(demand).flatMap(({ table, writes, reads }): readonly Quota[] =>
      [['write', writes] as const, ['read', reads] as const]
        .filter(([, needed]) => needed > 0)
        .map(([kind, needed]) => ({
          what: `${table}: ${kind} units a second`,
          limit: Math.min(40_000, demand.tableUnitsPerSecond),
          needed,
          remedy:
            demand.tableUnitsPerSecond < 40_000
              ? 'raise capacity.table…UnitsPerSecond; above 40,000 in Service Quotas too'
              : raise,
          source,
        })),
    ),
    {
      what: "write units a second, one item of the busiest owner's quota",
      limit: partitionWriteUnits,
      needed: busiest.writesPerItem,
      remedy: lanes,
      source: docs('amazondynamodb/latest/developerguide/bp-partition-key-design.html'),
    },
    {
      what: 'unsettled attempts under its hard quota, each lane',
      limit: unsettledPerLane,
      needed: busiest.unsettledPerLane,
      remedy: lanes,
      source: 'README, "Limits"',
    },
  ];
}

function ofRest(demand: Demand, environments: number): readonly Quota[] {
  const secretReads = (environments * demand.secrets) / refreshSeconds;
  return [
    {
      what: 'KMS requests a second',
      limit: keyRequests[demand.region] ?? 10_000,
      needed: secretReads + (environments * tableCount) / refreshSeconds,
      remedy: raise,
      source: docs('kms/latest/developerguide/requests-per-second.html'),
    },
    {
      what: 'Secrets Manager reads a second',
      limit: 10_000,
      needed: secretReads,
      remedy: raise,
      source: docs('secretsmanager/latest/userguide/reference_limits.html'),
      unconfirmed: true,
    },
    {
      what: 'PutLogEvents a second, one of each environment',
      limit: 5_000,
      needed: Math.min(environments, regionalRate(demand)),
      remedy: raise,
      source: docs('AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html'),
      unconfirmed: true,
    },
    {
      what: 'connections of one NAT gateway to one provider',
      limit: 55_000,
      needed: Math.ceil(environments * demand.attempts),
      remedy: 'more NAT gateways or addresses; in mode public there is none',
      source: docs('vpc/latest/userguide/nat-gateway-basics.html'),
    },
  ];
}
