import type { PriceName } from './price.ts';
import { at, numberAt, referred, type Resource, type StackTemplate } from './template.ts';

/** Environments on managed instances that are there at least. */
export interface ManagedEnvironments {
  readonly vcpus: number;
  /** Requests they serve at a time. */
  readonly requests: number;
  /** Of one vCPU, by the memory it comes with. */
  readonly item: PriceName;
}

/** GiB for each vCPU -> the kind of instance Lambda takes. */
export const managedItems = {
  2: 'computeVcpus',
  4: 'generalVcpus',
  8: 'memoryVcpus',
} as const satisfies Readonly<Record<number, PriceName>>;

/** What Lambda takes where nothing is said (docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html). */
const defaults = { environments: 3, gibPerVcpu: 2, requestsPerVcpu: 64, memoryMb: 2_048 } as const;

const configOf = (fn: Resource | undefined): unknown =>
  at(fn?.Properties, 'CapacityProviderConfig', 'LambdaManagedInstancesCapacityProviderConfig');

export const isManaged = (fn: Resource | undefined): boolean => configOf(fn) !== undefined;

/**
 * Environments of a published version, or of a function whose unpublished code has some too. Undefined where Lambda gives
 * every request one.
 */
export function managedEnvironments(
  resource: Resource,
  template: StackTemplate,
): ManagedEnvironments | undefined {
  const isVersion = resource.Type === 'AWS::Lambda::Version';
  const fn = isVersion ? referred(template, at(resource.Properties, 'FunctionName')) : resource;
  const config = configOf(fn);
  const scaling = at(resource.Properties, 'FunctionScalingConfig');
  const runs =
    isVersion || scaling !== undefined || at(resource.Properties, 'PublishToLatestPublished') === true;
  if (config === undefined || !runs) return undefined;
  const environments = numberAt(scaling, 'MinExecutionEnvironments') ?? defaults.environments;
  const gibPerVcpu = numberAt(config, 'ExecutionEnvironmentMemoryGiBPerVCpu') ?? defaults.gibPerVcpu;
  const memoryMb = numberAt(fn?.Properties, 'MemorySize') ?? defaults.memoryMb;
  const vcpusEach = memoryMb / 1_024 / gibPerVcpu;
  const requestsEach =
    numberAt(config, 'PerExecutionEnvironmentMaxConcurrency') ?? defaults.requestsPerVcpu * vcpusEach;
  return {
    vcpus: environments * vcpusEach,
    requests: environments * requestsEach,
    item: gibPerVcpu >= 8 ? managedItems[8] : gibPerVcpu >= 4 ? managedItems[4] : managedItems[2],
  };
}
