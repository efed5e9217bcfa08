import { priced, type Bill } from './bill.ts';
import type { Traffic } from './traffic.ts';
import { gigabytes, hoursPerMonth, secondsPerMonth, type Use } from './use.ts';

/**
 * What AWS says its own gateway costs in one region of us-east-1, on ECS with its defaults, in a month of little use
 * (README of aws-solutions-library-samples/guidance-for-multi-provider-generative-ai-gateway-on-aws, "Sample cost
 * tables", 378.10 $; 384.83 $ on EKS). Not computed here.
 */
export const guidanceUsdPerRegion = 378.1;

/** A gateway in containers as small as one that outlives a zone can be. */
const container = {
  tasks: 2,
  vcpusEach: 1,
  memoryGbEach: 2,
  databaseGb: 20,
  caches: 2,
  /** Two of the load balancer, one of the NAT gateway. */
  publicAddresses: 3,
  secrets: 3,
} as const;

/** What one load balancer unit carries in an hour (aws.amazon.com/elasticloadbalancing/pricing/). */
const unit = { connectionsPerSecond: 25, openConnections: 3_000, gb: 1 } as const;

/** What is taken for granted of the container deployment, for whoever reads its price. */
export const containerAssumptions = [
  `${container.tasks} Fargate tasks of ${container.vcpusEach} vCPU and ${container.memoryGbEach} GB (arm64), as many at any traffic`,
  'one load balancer, one NAT gateway, PostgreSQL db.t4g.small in two zones, two cache.t4g.micro',
  'one region by itself: no budgets or keys shared with others; no firewall, alarms or dashboards',
] as const;

/** What such a deployment costs in each of the regions, at the same prices and traffic. */
export function containerBill(regions: readonly string[], traffic: Traffic): Bill {
  const requests = traffic.requests / regions.length;
  const perSecond = requests / secondsPerMonth;
  const toProviders = gigabytes(requests * traffic.attempts, traffic.inputKb);
  const answers = gigabytes(requests, traffic.outputKb);
  const fromProviders = gigabytes(requests * traffic.attempts, traffic.outputKb);
  const everyRegion = (uses: readonly Omit<Use, 'region'>[]): readonly Use[] =>
    regions.flatMap((region) => uses.map((use) => ({ ...use, region })));
  const units = Math.max(
    perSecond / unit.connectionsPerSecond,
    (perSecond * traffic.seconds) / unit.openConnections,
    (gigabytes(requests, traffic.inputKb) + answers) / hoursPerMonth / unit.gb,
  );
  const hours = (count: number): number => count * hoursPerMonth;
  return priced(
    everyRegion([
      { item: 'taskVcpus', count: hours(container.tasks * container.vcpusEach) },
      { item: 'taskMemory', count: hours(container.tasks * container.memoryGbEach) },
      { item: 'loadBalancer', count: hours(1) },
      { item: 'natGateway', count: hours(1) },
      { item: 'publicAddress', count: hours(container.publicAddresses) },
      { item: 'database', count: hours(1) },
      { item: 'databaseStorage', count: container.databaseGb },
      { item: 'cache', count: hours(container.caches) },
      { item: 'secret', count: container.secrets },
      { item: 'key', count: 1 },
    ]),
    everyRegion([
      { item: 'loadBalancerUnits', count: hours(units) },
      { item: 'natBytes', count: toProviders + fromProviders },
      { item: 'internetOut', count: toProviders + answers },
      { item: 'logBytes', count: gigabytes(requests, traffic.logKb) },
    ]),
  );
}
