import { serve } from './candidate.ts';
import type { RoutingContext } from './context.ts';

/** A model's name as the catalog spells it; one it does not know, and an alias, as it is written. */
export function spelledAs(context: RoutingContext, providerId: string | undefined, name: string): string {
  if (context.policy.aliases.has(name)) return name;
  for (const grant of context.caller.grants) {
    const provider = context.policy.providers.get(grant.provider);
    if (provider === undefined || (providerId !== undefined && provider.id !== providerId)) continue;
    if (provider.modelIds.has(name)) return name;
    const facts = serve(context, provider, grant, name)?.facts;
    if (facts === undefined) continue;
    const words = [facts.model, facts.family];
    if (words.includes(name)) return name;
    const meant = words.find((word) => bare(word) === bare(name));
    if (meant !== undefined) return meant;
  }
  return name.trim();
}

/** What the catalog takes for the same name (lib/accounting/catalog/names.ts). */
const bare = (name: string): string =>
  name
    .slice(name.lastIndexOf('/') + 1)
    .trim()
    .toLowerCase()
    .replace(/[_.]/g, '-');
