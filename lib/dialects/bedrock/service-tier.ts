/** Bedrock's tiers (API reference, `ServiceTier`). OpenAI's `auto` and `default` are what happens without one. */
const tiers: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  default: undefined,
  standard: undefined,
  flex: 'flex',
  priority: 'priority',
  reserved: 'reserved',
};

export const tierOf = (name: string | undefined): string | undefined =>
  name !== undefined && knowsTier(name) ? tiers[name] : undefined;

export const knowsTier = (name: string): boolean => Object.hasOwn(tiers, name);
