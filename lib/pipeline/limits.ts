import type { Caller, Policy } from '../domain/policy.ts';
import type { Gateway } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';

/** The quotas of a request, read where their figures are too old; undefined where no limit applies, which costs nothing. */
export async function limitsOf(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
): Promise<RequestQuotas | undefined> {
  if (!isLimited(policy, caller)) return undefined;
  const quotas = await gateway.quotas(policy, caller);
  await quotas.ready();
  return quotas;
}

const isLimited = ({ quotas, providers }: Policy, caller: Caller): boolean =>
  quotas.length > 0 ||
  caller.quotas.length > 0 ||
  caller.grants.some((grant) => {
    const provider = providers.get(grant.provider);
    return (
      grant.quotas.length > 0 ||
      (provider !== undefined &&
        (provider.quotas.length > 0 || provider.keys.some((key) => key.quotas.length > 0)))
    );
  });
