import { errorTypes } from '../../lib/telemetry/metric-names.ts';
import type { RegionInventory } from './inventory.ts';
import { tableUses } from './table-uses.ts';
import type { Traffic } from './traffic.ts';
import { busyShare, gbSeconds, gigabytes, hoursPerMonth, secondsPerMonth, type Use } from './use.ts';

/** What AWS itself fixes, and what is taken for granted of every deployment. */
const answerKbPerApiRequest = 10 * 1_024;
const answerKbUnbilled = 6 * 1_024;
const firewallBodyKb = 16;
/** CloudWatch keeps logs packed; its own example takes a fifth. */
const packed = 0.2;
/** Flow log lines of the connections of one request. */
const flowLogKb = 0.3;
/** KMS is asked once in five minutes for each table, and a secret is read again as often. */
const refreshesPerHour = 12;
/** X-Ray samples the first request of a second, and one in twenty of the rest. */
const sampledShare = 0.05;
/** Requests, durations, tokens, spend, refusals, routes: written as soon as there is traffic. */
const deploymentMetrics = 10;
const providerMetrics = 4;

/** What requests cost beside what is there anyway, in each region. */
export function trafficUses(regions: readonly RegionInventory[], traffic: Traffic): readonly Use[] {
  return regions.flatMap((inventory) =>
    regionUses(inventory, traffic, regions.length).map((use) => ({ ...use, region: inventory.region })),
  );
}

type Uses = readonly Omit<Use, 'region'>[];

function regionUses(inventory: RegionInventory, traffic: Traffic, regions: number): Uses {
  if (traffic.requests === 0) return [];
  const requests = traffic.requests / regions;
  const perSecond = requests / secondsPerMonth;
  return [
    ...frontUses(inventory, traffic, requests),
    ...computeUses(inventory, traffic, requests),
    ...tableUses(inventory, traffic, requests, regions),
    ...networkUses(inventory, traffic, requests),
    ...tellingUses(inventory, traffic, requests, perSecond),
    ...secretUses(inventory, traffic, perSecond),
  ];
}

function frontUses({ firewallKb }: RegionInventory, traffic: Traffic, requests: number): Uses {
  const inspectedKb = Math.min(traffic.inputKb, firewallKb ?? 0);
  const furtherBodies = Math.max(0, Math.ceil(inspectedKb / firewallBodyKb) - 1);
  return [
    {
      item: 'apiRequests',
      count: requests * Math.max(1, Math.ceil(traffic.outputKb / answerKbPerApiRequest)),
    },
    {
      item: 'streamedBytes',
      count: gigabytes(requests, Math.max(0, traffic.outputKb - answerKbUnbilled)),
    },
    ...(firewallKb === undefined
      ? []
      : ([
          { item: 'firewallRequests', count: requests },
          { item: 'firewallBodies', count: requests * furtherBodies },
        ] as const)),
  ];
}

function computeUses(inventory: RegionInventory, traffic: Traffic, requests: number): Uses {
  const { gatewayMemoryMb, provisioned, managed } = inventory;
  const onInstances = managed === undefined ? 0 : requests * traffic.managedShare;
  const busySeconds = (requests - onInstances) * traffic.seconds;
  const warmSeconds = Math.min(busySeconds, provisioned * secondsPerMonth);
  const instancesAtOnce = (onInstances * traffic.seconds) / secondsPerMonth;
  const furtherVcpus =
    managed === undefined
      ? 0
      : Math.max(0, (instancesAtOnce / managed.requests) * managed.vcpus - managed.vcpus);
  return [
    { item: 'lambdaRequests', count: requests },
    { item: 'lambdaDuration', count: gbSeconds(gatewayMemoryMb, busySeconds - warmSeconds) },
    { item: 'provisionedDuration', count: gbSeconds(gatewayMemoryMb, warmSeconds) },
    ...(managed === undefined ? [] : [{ item: managed.item, count: furtherVcpus * hoursPerMonth }]),
  ];
}

function networkUses(inventory: RegionInventory, traffic: Traffic, requests: number): Uses {
  const { isPrivate, hasNat, hasVpc, managed } = inventory;
  const inVpc = hasVpc ? 1 : managed === undefined ? 0 : traffic.managedShare;
  const online = hasNat ? 1 : 1 - inVpc;
  const toProviders = gigabytes(requests * traffic.attempts, traffic.inputKb);
  const answers = gigabytes(requests, traffic.outputKb);
  const ofProviders = toProviders + gigabytes(requests * traffic.attempts, traffic.outputKb);
  const calls = gigabytes(requests, traffic.inputKb + traffic.outputKb);
  // A VPC without NAT reaches providers by their endpoints, and a private API is reached by its own.
  const viaEndpoints = (1 - online) * ofProviders + (isPrivate ? calls : 0);
  return [
    { item: 'internetOut', count: online * toProviders + (isPrivate ? 0 : answers) },
    { item: 'natBytes', count: hasNat ? inVpc * ofProviders : 0 },
    { item: 'endpointBytes', count: viaEndpoints },
  ];
}

function tellingUses(
  { hasFlowLog, logDays, traced, promptDays }: RegionInventory,
  traffic: Traffic,
  requests: number,
  perSecond: number,
): Uses {
  const logGb = gigabytes(requests, traffic.logKb + (hasFlowLog ? flowLogKb : 0));
  const metrics = deploymentMetrics + errorTypes.length + providerMetrics * traffic.providers;
  const traces = Math.min(requests, secondsPerMonth * busyShare(perSecond, 1) + requests * sampledShare);
  return [
    { item: 'logBytes', count: logGb },
    { item: 'logStorage', count: (logGb * packed * logDays) / 30 },
    // Paid for by the hour in which there is a value.
    { item: 'metric', count: metrics * busyShare(perSecond, 3_600) },
    { item: 'trace', count: traced ? traces : 0 },
    ...(promptDays === undefined
      ? []
      : ([
          { item: 'objectWrites', count: requests },
          {
            item: 'objectStorage',
            count: gigabytes((requests * promptDays) / 30, traffic.inputKb + traffic.outputKb),
          },
        ] as const)),
  ];
}

function secretUses({ tables }: RegionInventory, traffic: Traffic, perSecond: number): Uses {
  const atOnce = Math.max(1, perSecond * traffic.seconds);
  const refreshes = refreshesPerHour * hoursPerMonth * busyShare(perSecond, 3_600 / refreshesPerHour);
  const reads = refreshes * atOnce * traffic.secrets;
  return [
    { item: 'secretReads', count: reads },
    { item: 'keyRequests', count: refreshes * tables.length + reads },
  ];
}
