import { ruleScopeName } from '../../domain/rules.ts';
import type { GatewayDocument, RuleEntry } from '../document-schema.ts';
import { compileGlobs, isEverything } from '../globs.ts';
import type { DocumentRules } from '../provider-checks.ts';
import { bareNameSlip } from '../warnings.ts';
import type { CompiledCondition } from './condition.ts';
import { reachOf, type Reach } from './reach.ts';
import { inOrder, scopeNameOf } from './rule-book.ts';

/** A provider, perhaps with a model, that a rule leads to, and how the rule says it. */
interface Destination {
  readonly text: string;
  readonly provider: string;
  readonly model: string | undefined;
}

/**
 * What rules can never do: match, or lead to where nobody they are for may go. The document has passed all other
 * checks; `conditions` are those of its rules, in their order.
 */
export function ruleWarnings(
  document: GatewayDocument,
  conditions: readonly CompiledCondition[],
  { serves }: Pick<DocumentRules, 'serves'>,
): readonly string[] {
  const rules = document.rules ?? [];
  const reaches = reachOf(document, new Set(rules.map(scopeNameOf)));
  const isServed = servedBy(document, serves);
  return [
    ...unmatchable(rules, conditions, reaches),
    ...rules.flatMap((rule, index) => {
      const reach = reaches.get(scopeNameOf(rule));
      const warnings = [
        ...slips(rule, document),
        ...destinations(rule, document).flatMap((destination) => [
          ...(reach === undefined || reach.keys === 0 ? [] : outOfReach(destination, reach, document)),
          ...(isServed(destination) ? [] : [unserved(destination)]),
        ]),
      ];
      return warnings.map((warning) => `rules[${index}]: rule "${rule.id}": ${warning}`);
    }),
  ];
}

function unmatchable(
  rules: readonly RuleEntry[],
  conditions: readonly CompiledCondition[],
  reaches: ReadonlyMap<string, Reach>,
): readonly string[] {
  const always = new Map<string, string>();
  return inOrder(rules.map((rule, index) => ({ ...rule, index }))).flatMap(({ index, ...rule }) => {
    const scope = scopeNameOf(rule);
    const compiled = conditions[index];
    const constant = compiled?.ok === true ? compiled.condition.constant : undefined;
    const shadow = always.get(scope);
    if (constant === true && rule.chain !== true && shadow === undefined) always.set(scope, rule.id);
    const why =
      constant === false
        ? 'its expression is never true'
        : shadow !== undefined
          ? `rule "${shadow}" comes before it in the same scope and always does`
          : reaches.get(scope)?.keys === 0 && scope !== ruleScopeName('global', '')
            ? `no virtual key belongs to ${scope.replace('/', ' "')}"`
            : undefined;
    return why === undefined ? [] : [`rules[${index}]: rule "${rule.id}" can never match: ${why}`];
  });
}

/** Where a rule leads by the name of a provider. Bare names and aliases lead to whoever serves them. */
function destinations(rule: RuleEntry, document: GatewayDocument): readonly Destination[] {
  const named = (what: string, name: string): readonly Destination[] => {
    const slash = name.indexOf('/');
    const provider = name.slice(0, slash);
    return slash > 0 && Object.hasOwn(document.providers, provider)
      ? [{ text: `${what} "${name}"`, provider, model: name.slice(slash + 1) }]
      : [];
  };
  const targets = (rule.targets ?? []).flatMap(({ provider, model }): readonly Destination[] => {
    if (provider === undefined) return named('target', model ?? '');
    return [{ text: `target "${provider}${model === undefined ? '' : `/${model}`}"`, provider, model }];
  });
  return [...targets, ...(rule.fallbacks ?? []).flatMap((name) => named('fallback', name))];
}

function slips({ targets = [], fallbacks = [] }: RuleEntry, document: GatewayDocument): readonly string[] {
  const names = [
    ...targets.flatMap(({ provider, model }) => (provider === undefined ? [model ?? ''] : [])),
    ...fallbacks,
  ];
  const providers = Object.keys(document.providers);
  return names.flatMap((name) => bareNameSlip(name, providers) ?? []);
}

function outOfReach(
  { text, provider, model }: Destination,
  { providers }: Reach,
  document: GatewayDocument,
): readonly string[] {
  const reach = providers.get(provider);
  if (reach === undefined) {
    return [`${text} can never be used: no virtual key in its scope may use provider "${provider}"`];
  }
  if (reach.unlawful !== undefined) {
    const who = `no virtual key in its scope may lawfully use provider "${provider}"`;
    return [`${text} can never be used: ${who}, which ${reach.unlawful}`];
  }
  if (model === undefined) return [];
  const own = document.providers[provider]?.modelIds?.[model];
  const added = document.models?.add?.find((each) => each.model === `${provider}/${model}`)?.family;
  const names = [model, own, added].filter((name) => name !== undefined);
  return reach.allows.some((allows) => names.some(allows))
    ? []
    : [`${text} is outside every allowance: no virtual key in its scope may use a model of that name there`];
}

const unserved = ({ text, provider, model }: Destination): string =>
  `${text}: no catalog entry says that provider "${provider}" serves "${model}"; if it does, add it to models.add or modelIds`;

/** Whether anything says that a destination is there: the catalog, the document's own models, a name spelled out in a grant. */
function servedBy(
  document: GatewayDocument,
  serves: DocumentRules['serves'],
): (destination: Destination) => boolean {
  if (serves === undefined) return () => true;
  const spelledOut = new Map<string, Set<string>>();
  for (const list of [document.customers, document.teams, document.virtualKeys]) {
    for (const { provider, models = [] } of (list ?? []).flatMap((scope) => scope.providers ?? [])) {
      const names = spelledOut.get(provider) ?? new Set();
      spelledOut.set(provider, names);
      for (const name of models) if (!isEverything(name)) names.add(name);
    }
  }
  return ({ provider, model }) => {
    const entry = document.providers[provider];
    if (entry === undefined || model === undefined) return true;
    return (
      Object.hasOwn(entry.modelIds ?? {}, model) ||
      (document.models?.add ?? []).some((added) => added.model === `${provider}/${model}`) ||
      compileGlobs([...(spelledOut.get(provider) ?? [])])(model) ||
      serves(entry, model)
    );
  };
}
