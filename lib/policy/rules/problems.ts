import { problemAt, type DocumentProblem, type Path } from '../document-problem.ts';
import type { GatewayDocument, RuleEntry, RuleTargetEntry } from '../document-schema.ts';
import { allZero, ids, unknown } from '../reference-checks.ts';
import type { CompiledCondition } from './condition.ts';

/**
 * Expressions that do not compile, fields of a rule that exclude each other, and names that stand for nothing; each
 * with the rule it is about. `conditions` are those of the document's rules, in their order.
 */
export function ruleProblems(
  document: GatewayDocument,
  conditions: readonly CompiledCondition[],
): readonly DocumentProblem[] {
  return (document.rules ?? []).flatMap((rule, index) => {
    const path: Path = ['rules', index];
    const condition = conditions[index];
    return [
      ...(condition?.ok === false ? [problemAt([...path, 'when'], condition.problem)] : []),
      ...scopeProblems([...path, 'scope'], rule, document),
      ...actionProblems(path, rule),
      ...(rule.targets ?? []).flatMap((target, at) =>
        targetProblems([...path, 'targets', at], target, document),
      ),
      ...allZero([...path, 'targets'], rule.targets),
    ].map((problem) => ({ ...problem, message: `rule "${rule.id}": ${problem.message}` }));
  });
}

function scopeProblems(
  path: Path,
  { scope = {} }: RuleEntry,
  document: GatewayDocument,
): readonly DocumentProblem[] {
  const given = [scope.virtualKey, scope.team, scope.customer].filter((owner) => owner !== undefined);
  if (given.length > 1) {
    return [problemAt(path, 'must name at most one of "virtualKey", "team" and "customer"')];
  }
  return [
    ...unknown([...path, 'virtualKey'], 'virtual key', scope.virtualKey, ids(document.virtualKeys)),
    ...unknown([...path, 'team'], 'team', scope.team, ids(document.teams)),
    ...unknown([...path, 'customer'], 'customer', scope.customer, ids(document.customers)),
  ];
}

function actionProblems(
  path: Path,
  { targets, fallbacks, deny, chain, fallbackOn }: RuleEntry,
): readonly DocumentProblem[] {
  const routes = { targets, fallbacks, fallbackOn, chain: chain === true ? chain : undefined };
  const given = Object.entries(routes).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  if (deny !== undefined) {
    return given.map((field) =>
      problemAt([...path, field], 'means nothing beside "deny", which ends the request'),
    );
  }
  if (targets === undefined && fallbacks === undefined && fallbackOn === undefined) {
    return [problemAt(path, 'does nothing: give it "targets", "fallbacks", "fallbackOn" or "deny"')];
  }
  return chain === true && targets === undefined
    ? [problemAt([...path, 'chain'], 'needs "targets": the rules are asked again with the new model')]
    : [];
}

function targetProblems(
  path: Path,
  { provider, model, keys = [] }: RuleTargetEntry,
  document: GatewayDocument,
): readonly DocumentProblem[] {
  if (provider === undefined) {
    return [
      ...(model === undefined ? [problemAt(path, 'must name "provider", "model" or both')] : []),
      ...(keys.length > 0 ? [problemAt([...path, 'keys'], 'needs "provider": they are its keys')] : []),
    ];
  }
  const declared = Object.hasOwn(document.providers, provider) ? document.providers[provider] : undefined;
  if (declared === undefined) {
    return unknown([...path, 'provider'], 'provider', provider, new Set(Object.keys(document.providers)));
  }
  const known = ids(declared.keys);
  return keys
    .filter((pattern) => !pattern.includes('*'))
    .flatMap((key) => unknown([...path, 'keys'], `key of provider "${provider}"`, key, known));
}
