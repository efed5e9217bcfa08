import type { QuotaFields } from './quota-entries.ts';
import type { Owner } from './quota.ts';

/** The gateway document as far as it carries quotas. */
export interface QuotaDocument extends QuotaFields {
  readonly providers?: Readonly<Record<string, ProviderQuotas>>;
  readonly customers?: readonly ScopeQuotas[] | undefined;
  readonly teams?: readonly ScopeQuotas[] | undefined;
  readonly virtualKeys?: readonly ScopeQuotas[] | undefined;
}

interface ProviderQuotas extends QuotaFields {
  readonly type?: string;
  readonly keys?: readonly (QuotaFields & { readonly id: string })[] | undefined;
}

/** A customer, a team or a virtual key, with the providers it may use. */
export interface ScopeQuotas extends QuotaFields {
  readonly id: string;
  readonly providers?: readonly (QuotaFields & { readonly provider: string })[] | undefined;
}

export const documentOwner: Owner = { kind: 'document', id: '' };
export const providerOwner = (id: string): Owner => ({ kind: 'provider', id });
export const providerKeyOwner = (provider: string, key: string): Owner => ({
  kind: 'provider_key',
  id: `${provider}/${key}`,
});

export type ScopeKind = 'virtual_key' | 'team' | 'customer';

/** Of a provider entry; those of a team or a customer are shared by all its keys. No id holds a ":". */
export const grantOwner = (scope: ScopeKind, id: string, provider: string): Owner => ({
  kind: 'grant',
  id: scope === 'virtual_key' ? `${id}/${provider}` : `${scope}:${id}/${provider}`,
});

/** What is to become of the quotas of one owner. */
export type MapQuotas = <T extends QuotaFields>(owner: Owner, entry: T) => T;

/** The policy part of a document with every owner's quotas replaced: root, providers and their keys. */
export function mapPolicyQuotas<T extends QuotaDocument>(document: T, map: MapQuotas): T {
  const providers = Object.entries(document.providers ?? {}).map(([id, provider]) => {
    const keys = provider.keys?.map((key) => map(providerKeyOwner(id, key.id), key));
    return [id, map(providerOwner(id), { ...provider, ...(keys !== undefined && { keys }) })] as const;
  });
  const mapped = map(documentOwner, document);
  return document.providers === undefined ? mapped : { ...mapped, providers: Object.fromEntries(providers) };
}

/** A customer, a team or a virtual key with its quotas, and those of its provider entries, replaced. */
export function mapScopeQuotas<T extends ScopeQuotas>(kind: ScopeKind, scope: T, map: MapQuotas): T {
  const providers = scope.providers?.map((entry) => map(grantOwner(kind, scope.id, entry.provider), entry));
  return map({ kind, id: scope.id }, { ...scope, ...(providers !== undefined && { providers }) });
}
