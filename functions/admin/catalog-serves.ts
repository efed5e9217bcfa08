import data from '../../lib/accounting/catalog/data.json' with { type: 'json' };
import { loadCatalog } from '../../lib/accounting/catalog.ts';
import { hostProfile } from '../../lib/dialects/index.ts';
import { catalogIdOf } from '../../lib/policy/compile.ts';
import type { DocumentRules } from '../../lib/policy/document.ts';

const catalog = loadCatalog(data);

/** Whether the catalog knows the model at this provider; a provider without a catalog serves any. */
export const catalogServes: NonNullable<DocumentRules['serves']> = (provider, model) => {
  const catalogId = catalogIdOf(provider, hostProfile);
  return catalogId === undefined || catalog.find(catalogId, model) !== undefined;
};
