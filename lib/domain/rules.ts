import type { NameMatcher, Operation } from './policy.ts';

/** Conditional routing as a request meets it: rules of the document, compiled. */

/** What a rule's expression can ask for. The names are those of the document's expressions. */
export interface RuleFacts {
  /** As asked for, without the provider that was pinned. */
  readonly model: string;
  /** The provider the caller pinned; empty: none. */
  readonly provider: string;
  readonly request_type: Operation;
  readonly stream: boolean;
  /** Lower-case names; no credential is among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The query string. */
  readonly params: Readonly<Record<string, string>>;
  /** The request's top-level scalars. */
  readonly body: Readonly<Record<string, string | number | boolean>>;
  readonly virtual_key_id: string;
  readonly virtual_key_name: string;
  /** Empty: none; so are the next three. */
  readonly team_id: string;
  readonly team_name: string;
  readonly customer_id: string;
  readonly customer_name: string;
  readonly region: string;
  /** The residency zone of the region; empty: none. */
  readonly zone: string;
  /** UTC, 0 to 23. */
  readonly hour: number;
  /** UTC, 0 (Sunday) to 6. */
  readonly weekday: number;
  /** An estimate. */
  readonly prompt_tokens: number;
  /** Percent used of budgets, of token limits and of request limits: the highest over the owner chain; 0 when unlimited. */
  readonly budget_used: number;
  readonly tokens_used: number;
  readonly request: number;
}

/** One of the places a rule sends requests to. */
export interface RuleTarget {
  /** Absent: whichever provider serves the model. */
  readonly provider?: string;
  /** Absent: the model asked for. */
  readonly model?: string;
  /** If no target of the rule has one, all count 1; otherwise absent: never picked, 0: fallback only. */
  readonly weight?: number;
  /** The provider keys it is pinned to, by id; absent: all that are allowed anyway. */
  readonly allowsKey?: NameMatcher;
}

export interface Rule {
  readonly id: string;
  /** As written. */
  readonly when: string;
  /** Total: an expression that cannot be evaluated on these facts (a missing map key) does not match. */
  readonly matches: (facts: RuleFacts) => boolean;
  /** Absent: the targets stay. Never empty. */
  readonly targets?: readonly RuleTarget[];
  /** Absent: the fallbacks stay. Model names as a caller writes them. */
  readonly fallbacks?: readonly string[];
  /** Refuses the request, with this reason. */
  readonly deny?: string;
  /** The rules are asked again with the new model. */
  readonly chain: boolean;
  /** True: a refusal by a provider's safety system goes on to the next target. */
  readonly pastContentPolicy: boolean;
}

/** Whose rule it is, in the order in which they are asked. */
export type RuleScope = 'virtual_key' | 'team' | 'customer' | 'global';

/** The rules of a document by scope ("team/research"; "global"), each list in the order it is asked. */
export type RuleBook = ReadonlyMap<string, readonly Rule[]>;

export const ruleScopeName = (scope: RuleScope, id: string): string =>
  scope === 'global' ? scope : `${scope}/${id}`;
