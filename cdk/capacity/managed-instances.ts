import { managedItems } from '../cost/managed.ts';
import { priceIn } from '../cost/price.ts';
import { gbSeconds, hoursPerMonth, secondsPerMonth } from '../cost/use.ts';
import { regionalRate, type Demand } from './demand.ts';
import { inFlight, inFlightAtMost } from './environments.ts';

/**
 * CPU of one request and of each further chunk of its stream, in milliseconds: as the overhead bench measured them
 * (README, "Measured") on an x64 core of a developer's machine.
 */
const cpuMs = { request: 0.65, chunk: 0.0361 } as const;
/** Share of a vCPU that is planned for. */
const planned = 0.6;
/** Lambda keeps at least so many environments, in different zones. */
const leastEnvironments = 3;

export interface Compute {
  /** USD a month in one region; requests cost the same either way and are left out. */
  readonly onDemandUsd: number;
  readonly managedUsd: number;
  readonly environments: number;
  readonly vcpus: number;
  /** What decides about the number of environments. */
  readonly boundBy: 'floor' | 'requests at a time' | 'CPU';
  /** Mean requests a second of a region, of this duration, from which the least managed instances cost less. */
  readonly breakEvenRequestsPerSecond: number;
  readonly confirmed: boolean;
}

/** What Lambda's duration costs at the mean, and managed instances at the peak. */
export function compare(demand: Demand): Compute {
  const peak = inFlightAtMost(inFlight(regionalRate(demand), demand.seconds));
  const vcpusEach = demand.environmentMemoryMb / 1_024 / demand.memoryGibPerVcpu;
  const byRequests = Math.ceil(peak / demand.requestsPerEnvironment);
  const cpus = (regionalRate(demand) * demand.attempts * cpuMsOf(demand)) / 1_000 / planned;
  const byCpu = Math.ceil(cpus / vcpusEach);
  const environments = Math.max(leastEnvironments, byRequests, byCpu);
  const duration = priceIn('lambdaDuration', demand.region);
  const vcpuHour = priceIn(managedItems[demand.memoryGibPerVcpu], demand.region);
  const monthUsd = (count: number): number => count * vcpusEach * hoursPerMonth * vcpuHour.usd;
  const requestUsd = gbSeconds(demand.memoryMb, demand.seconds) * duration.usd;
  const meanRate = regionalRate(demand) * demand.meanShare;
  return {
    onDemandUsd: meanRate * secondsPerMonth * requestUsd,
    managedUsd: monthUsd(environments),
    environments,
    vcpus: environments * vcpusEach,
    boundBy: environments === leastEnvironments ? 'floor' : byCpu > byRequests ? 'CPU' : 'requests at a time',
    breakEvenRequestsPerSecond: monthUsd(leastEnvironments) / secondsPerMonth / requestUsd,
    confirmed: duration.confirmed && vcpuHour.confirmed,
  };
}

/** A streamed token is a chunk. */
const cpuMsOf = ({ outputTokens, streamShare }: Demand): number =>
  cpuMs.request + cpuMs.chunk * outputTokens * streamShare;
