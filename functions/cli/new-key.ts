/** A virtual key from flags: the common cases; anything else is written in a file. */
export interface KeyFlags {
  readonly id?: string | undefined;
  readonly team?: string | undefined;
  readonly customer?: string | undefined;
  readonly provider?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly budget?: readonly string[] | undefined;
  readonly requests?: readonly string[] | undefined;
  readonly tokens?: readonly string[] | undefined;
  readonly hard?: boolean | undefined;
}

/** @throws RangeError naming the flag that is wrong */
export function keyEntryOf(flags: KeyFlags): object {
  const { id, team, customer, provider = [], models = ['*'], hard = false } = flags;
  if (id === undefined) throw new RangeError('--id is missing (or give a FILE with the entry)');
  if (provider.length === 0 && team === undefined && customer === undefined) {
    throw new RangeError('--provider, --team or --customer is missing: the key would open nothing');
  }
  const enforcement = hard ? { enforcement: 'hard' } : {};
  const budgets = (flags.budget ?? []).map((text) => {
    const { value, every } = perWindow('--budget', text);
    return { limitUsd: value, every, ...enforcement };
  });
  const rateLimits = [
    ...(flags.requests ?? []).map((text) => {
      const { value, every } = perWindow('--requests', text);
      return { requests: value, every };
    }),
    ...(flags.tokens ?? []).map((text) => {
      const { value, every } = perWindow('--tokens', text);
      return { tokens: value, every };
    }),
  ];
  return {
    id,
    ...(team !== undefined && { team }),
    ...(customer !== undefined && { customer }),
    ...(provider.length > 0 && {
      providers: provider.map((each) => ({ provider: each, models, keys: ['*'] })),
    }),
    ...(budgets.length > 0 && { budgets }),
    ...(rateLimits.length > 0 && { rateLimits }),
  };
}

function perWindow(flag: string, text: string): { readonly value: number; readonly every: string } {
  const [, value, every] = /^(\d+(?:\.\d+)?)\/(\d+[a-zA-Z])$/.exec(text) ?? [];
  if (value === undefined || every === undefined) {
    throw new RangeError(`${flag} must be a figure and a window, such as 100/1d, received "${text}"`);
  }
  return { value: Number(value), every };
}
