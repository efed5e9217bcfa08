import { pathText, type Path } from './document-problem.ts';
import type { GatewayDocument, GrantEntry } from './document-schema.ts';
import { nearest } from './nearest.ts';
import { providerTypeFacts } from './provider-types.ts';

/** What is allowed and probably not meant. */
export function documentWarnings(document: GatewayDocument): readonly string[] {
  const warnings: string[] = [];
  for (const [id, provider] of Object.entries(document.providers)) {
    const keys = provider.keys ?? [];
    if (
      keys.length === 0 &&
      provider.baseUrl === undefined &&
      !providerTypeFacts[provider.type].worksWithoutKeys
    ) {
      warnings.push(`provider "${id}" has no keys, so its requests carry no credentials`);
    }
  }
  for (const list of ['customers', 'teams', 'virtualKeys'] as const) {
    for (const [index, scope] of (document[list] ?? []).entries()) {
      for (const [entry, grant] of (scope.providers ?? []).entries()) {
        warnings.push(...grantWarnings([list, index, 'providers', entry], grant, document));
      }
    }
  }
  return [...warnings, ...aliasWarnings(document)];
}

function grantWarnings(path: Path, grant: GrantEntry, document: GatewayDocument): readonly string[] {
  const at = pathText(path);
  const warnings: string[] = [];
  if ((grant.models ?? []).length === 0) {
    warnings.push(`${at} opens no model of provider "${grant.provider}": "models" is missing or empty`);
  }
  const keys = document.providers[grant.provider]?.keys ?? [];
  if (keys.length > 0 && (grant.keys ?? []).length === 0) {
    warnings.push(
      `${at} opens no key of provider "${grant.provider}": "keys" is missing or empty (["*"] opens all)`,
    );
  }
  return warnings;
}

function aliasWarnings(document: GatewayDocument): readonly string[] {
  const providers = Object.keys(document.providers);
  return Object.entries(document.models?.aliases ?? {}).flatMap(([alias, chain]) =>
    chain.flatMap((target) => {
      const slip = bareNameSlip(target, providers);
      return slip === undefined ? [] : [`alias "${alias}": ${slip}`];
    }),
  );
}

/** A slash whose first part is near a provider's name is more likely a slip than a bare model name. */
export function bareNameSlip(name: string, providers: readonly string[]): string | undefined {
  const [first = ''] = name.split('/');
  if (!name.includes('/') || providers.includes(first)) return undefined;
  const meant = nearest(first, providers);
  return meant === undefined
    ? undefined
    : `"${name}" is read as a bare model name; did you mean provider "${meant}"?`;
}
