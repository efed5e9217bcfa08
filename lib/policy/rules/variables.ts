import type { RuleFacts } from '../../domain/rules.ts';

/** What expressions may say. CEL itself is not among the imports, so that messages and checks can name these freely. */

type CelType = 'string' | 'bool' | 'int' | 'double' | 'map<string, string>' | 'map<string, dyn>';

/** The variables of expressions and their CEL types. */
export const variables = {
  model: 'string',
  provider: 'string',
  request_type: 'string',
  stream: 'bool',
  headers: 'map<string, string>',
  params: 'map<string, string>',
  body: 'map<string, dyn>',
  virtual_key_id: 'string',
  virtual_key_name: 'string',
  team_id: 'string',
  team_name: 'string',
  customer_id: 'string',
  customer_name: 'string',
  region: 'string',
  zone: 'string',
  hour: 'int',
  weekday: 'int',
  prompt_tokens: 'int',
  budget_used: 'double',
  tokens_used: 'double',
  request: 'double',
} as const satisfies Readonly<Record<keyof RuleFacts, CelType>>;

export const variableNames: readonly string[] = Object.keys(variables);

/** The variables that are maps. */
export const mapNames = ['headers', 'params', 'body'] as const;
export type MapName = (typeof mapNames)[number];

/** Called as `size(x)`. */
export const functionNames: readonly string[] = ['size', 'has', 'int', 'double', 'string', 'bool'];

/** Called as `list.exists(x, ...)`. */
export const macroNames: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

/**
 * Called as `text.startsWith(x)`. Of CEL's and the library's methods those are left out that make large values out of
 * small ones (`split`, `join`, `cel.bind`) or have nothing to work on here (bytes, timestamps).
 */
export const methodNames: readonly string[] = [
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'size',
  'lowerAscii',
  'upperAscii',
  'trim',
  'indexOf',
  'lastIndexOf',
  'substring',
  ...macroNames,
];
