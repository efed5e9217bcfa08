import type { ModelFacts } from '../domain/policy.ts';
import type { CandidateContext } from './context.ts';
import { candidate } from './candidate.ts';

/** Every model a caller may use, by provider: what the catalog, the document and its grants leave, by the very filters of routing. */
export function usableModels(
  context: Omit<CandidateContext, 'operation' | 'cannotCarry'>,
): readonly { readonly provider: string; readonly facts: ModelFacts }[] {
  return context.caller.grants.flatMap((grant) => {
    const provider = context.policy.providers.get(grant.provider);
    const [operation] = provider?.operations ?? [];
    if (provider === undefined || operation === undefined) return [];
    const asked = { ...context, operation, cannotCarry: () => undefined };
    const names = new Set([
      ...provider.modelIds.keys(),
      ...(context.policy.addedModels.get(provider.id) ?? []).map((facts) => facts.model),
      ...(provider.catalogId === undefined ? [] : context.catalog.list(provider.catalogId)).map(
        (facts) => facts.model,
      ),
    ]);
    return [...names].flatMap((name) => {
      const found = candidate(asked, provider, name, 'request');
      if (!found.kept) return [];
      return [{ provider: provider.id, facts: { family: name, ...found.target.facts, model: name } }];
    });
  });
}
