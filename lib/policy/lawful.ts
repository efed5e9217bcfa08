/** What a provider declares of itself. */
export interface Declared {
  readonly zones?: readonly string[] | undefined;
  readonly certifications?: readonly string[] | undefined;
}

/**
 * Why a provider may not serve somebody who demands these zones and certifications, or undefined when it may: all of
 * its zones must be demanded ones, all demanded certifications its own; a provider without zones serves only those
 * who demand none.
 */
export function unlawful(
  provider: Declared,
  demanded: { readonly zones: readonly string[]; readonly certifications: readonly string[] },
): string | undefined {
  const zones = provider.zones ?? [];
  if (demanded.zones.length > 0) {
    if (zones.length === 0) return 'declares no zones';
    const outside = zones.filter((zone) => !demanded.zones.includes(zone));
    if (outside.length > 0) return `processes data in ${outside.join(', ')}`;
  }
  const lacking = demanded.certifications.filter((name) => !(provider.certifications ?? []).includes(name));
  return lacking.length > 0 ? `lacks certification ${lacking.join(', ')}` : undefined;
}
