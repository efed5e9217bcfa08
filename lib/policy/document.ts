import { problemsOf } from './document-issues.ts';
import { problemAt, type DocumentProblem } from './document-problem.ts';
import { documentSchema, type GatewayDocument, type VirtualKeyEntry } from './document-schema.ts';
import { providerProblems, type DocumentRules } from './provider-checks.ts';
import { quotaProblems } from './quota-checks.ts';
import { referenceProblems } from './reference-checks.ts';
import { rightsFindings } from './rights-checks.ts';
import { compilePattern } from './rules/patterns.ts';
import { createConditionCompiler } from './rules/condition.ts';
import { ruleProblems } from './rules/problems.ts';
import { ruleWarnings } from './rules/warnings.ts';
import { documentWarnings } from './warnings.ts';

export type { DocumentProblem } from './document-problem.ts';
export type { GatewayDocument } from './document-schema.ts';
export type { DocumentRules } from './provider-checks.ts';

export type ParsedDocument =
  | { readonly ok: true; readonly document: GatewayDocument; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

/** The rules of a deployment: secrets in Secrets Manager, hashed virtual keys, https. */
export const deployedRules: DocumentRules = { envSecrets: false, loopbackHttp: false };

/**
 * Checks a gateway document (already parsed from JSON or YAML) as a whole. The result holds no virtual key in clear:
 * `key` has become `hash`. Problems name path and value, and never show a secret. Never throws.
 */
export function parseDocument(value: unknown, rules: DocumentRules = deployedRules): ParsedDocument {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) return { ok: false, problems: problemsOf(parsed.error, value) };
  const hashed = hashKeys(parsed.data, rules);
  const { document } = hashed;
  const compileCondition = createConditionCompiler(compilePattern);
  const conditions = (document.rules ?? []).map(({ when }) => compileCondition(when));
  const problems = [
    ...quotaProblems(document),
    ...providerProblems(document, rules),
    ...hashed.problems,
    ...referenceProblems(document),
    ...ruleProblems(document, conditions),
  ];
  // Rights are judged only where every name stands for something.
  if (problems.length > 0) return { ok: false, problems };
  const rights = rightsFindings(document);
  if (rights.problems.length > 0) return { ok: false, problems: rights.problems };
  const warnings = [
    ...documentWarnings(document),
    ...rights.warnings,
    ...ruleWarnings(document, conditions, rules),
  ];
  return { ok: true, document, warnings };
}

/** Replaces `key` in clear by its hash, so that nothing behind this function sees a virtual key. */
function hashKeys(
  written: GatewayDocument,
  rules: DocumentRules,
): { readonly document: GatewayDocument; readonly problems: readonly DocumentProblem[] } {
  const problems: DocumentProblem[] = [];
  const virtualKeys = written.virtualKeys?.map((entry, index): VirtualKeyEntry => {
    const { key: clear, ...rest } = entry;
    const path = ['virtualKeys', index];
    if (clear === undefined) {
      if (rest.hash === undefined) problems.push(problemAt([...path, 'hash'], 'is required'));
      return rest;
    }
    if (rules.hashKey === undefined) {
      const message = 'a key in clear is never stored; give its "hash" (the value is not shown)';
      problems.push(problemAt([...path, 'key'], message));
    } else if (rest.hash !== undefined) {
      problems.push(problemAt(path, 'must have one of "hash" and "key", not both'));
    }
    return { ...rest, hash: rest.hash ?? rules.hashKey?.(clear) };
  });
  return { document: { ...written, ...(virtualKeys !== undefined && { virtualKeys }) }, problems };
}
