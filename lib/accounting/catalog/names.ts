import type { SourceMatch, SourceModel, SourceProvider } from './extract.ts';
import { SourceChanged } from './extract.ts';
import type { Rule, RuleKind } from './rules.ts';

/** How one model of the source is named: what to send, what else it is called, and what patterns lead to it. */
export interface ModelNames {
  /** The name the provider's API takes; absent where the source gives only a pattern. */
  readonly name?: string;
  readonly aliases: readonly string[];
  readonly rules: readonly Omit<Rule, 'model'>[];
}

/**
 * Names the provider's API takes, where the source's id is not one and its rules spell none out: the first is the
 * model's own, the others are its siblings at the same price. An empty list: there is only a pattern.
 * Vertex: docs.anthropic.com "Claude on Vertex AI". OpenAI: fine-tunes carry the customer's own suffix.
 */
const corrections: Readonly<Record<string, readonly string[]>> = {
  'vertex/claude-3-5-haiku': ['claude-3-5-haiku@20241022'],
  'vertex/claude-3-5-sonnet': ['claude-3-5-sonnet-v2@20241022', 'claude-3-5-sonnet@20240620'],
  'vertex/claude-3-7-sonnet': ['claude-3-7-sonnet@20250219'],
  'vertex/claude-3-haiku': ['claude-3-haiku@20240307'],
  'vertex/claude-3-opus': ['claude-3-opus@20240229'],
  'vertex/claude-4-opus': ['claude-opus-4@20250514', 'claude-opus-4-1@20250805'],
  'vertex/claude-4-sonnet': ['claude-sonnet-4@20250514'],
  'vertex/claude-sonnet-4-5': ['claude-sonnet-4-5@20250929'],
  'google/gemma-3': [],
  'google/gemma-3n': [],
  'mistral/magistral-small': ['magistral-small-latest'],
  'openai/ft:gpt-3.5-turbo-': [],
  'openai/ft:gpt-4o': [],
  'openai/ft:gpt-4o-mini': [],
  'openai/gpt-4o-mini-2024-07-18.ft-': [],
};

/** The regular expressions the source uses, by what follows a literal beginning. */
const regexTails: Readonly<Record<string, RuleKind>> = {
  '\\d{8}$': '8',
  '\\d{4}-\\d{2}-\\d{2}$': 'I',
  '\\d': '0',
};
const notSpeech = '^(?!.*-[tT][tT][sS](?:$|-))';
const literalHead = /^\^((?:[a-zA-Z0-9/=-]|\\[.[\]/])+)/;
const unescape = (text: string): string => text.replace(/\\(.)/g, '$1');

interface Spelled {
  readonly equals: readonly string[];
  readonly rules: readonly Omit<Rule, 'model'>[];
}

const rule = (kind: RuleKind, text: string): Spelled => ({
  equals: [],
  rules: [{ kind, text: text.toLowerCase() }],
});

/** A source rule as names and patterns. Throws SourceChanged where it says something new. */
function spell(match: SourceMatch, where: string): Spelled {
  if ('equals' in match) return { equals: [match.equals], rules: [] };
  if ('starts_with' in match) return rule('^', match.starts_with);
  if ('ends_with' in match) return rule('$', match.ends_with);
  if ('contains' in match) return rule('*', match.contains);
  if ('or' in match) {
    const parts = match.or.map((part) => spell(part, where));
    return { equals: parts.flatMap((part) => part.equals), rules: parts.flatMap((part) => part.rules) };
  }
  if ('and' in match) {
    const [first, second, ...more] = match.and;
    if (
      first &&
      'starts_with' in first &&
      second &&
      'regex' in second &&
      second.regex === notSpeech &&
      !more[0]
    )
      return rule('!', first.starts_with);
    throw new SourceChanged(`${where}.match.and: a combination of rules this generator cannot translate`);
  }
  const head = literalHead.exec(match.regex);
  const tail = match.regex.slice(head?.[0].length ?? 0);
  const text = unescape(head?.[1] ?? '');
  if (head && tail === '$') return { equals: [text], rules: [] };
  const kind = head && Object.hasOwn(regexTails, tail) ? regexTails[tail] : undefined;
  if (kind) return rule(kind, text);
  throw new SourceChanged(`${where}.match.regex: no safe form is known for ${match.regex}`);
}

const vendorAndRest = /^(?:[a-z-]+\.)?([a-z0-9]+)\.(.+)$/;

/**
 * Claude's ids on Bedrock where the source made up a version: they carry none since Opus 4.7
 * (platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock).
 */
const claudeOnBedrock: Readonly<Record<string, string>> = {
  'claude-opus-4-5-v1:0': 'claude-opus-4-5-20251101-v1:0',
  'claude-opus-4-6-v1:0': 'claude-opus-4-6-v1',
};
const undatedClaude = /(claude-(?:(?!-20\d{6})[a-z0-9-])+)-v1:0$/;

function bedrockId(id: string): string {
  const name = id.replace(/^regional\./, '');
  const [made, bare] = undatedClaude.exec(name) ?? [];
  if (made === undefined || bare === undefined) return name;
  return name.slice(0, -made.length) + (claudeOnBedrock[made] ?? bare);
}

/**
 * Bedrock: the source's ids begin with a made-up "regional."; its rules enumerate today's geographies and accept
 * names without a vendor, which Bedrock does not know. Here every geography (and ARN) leads to the vendor's id.
 */
function bedrockNames(id: string, spelled: Spelled): ModelNames {
  const name = bedrockId(id);
  const vendor = vendorAndRest.exec(name)?.[1] ?? '';
  const qualify = (text: string): string | undefined => {
    if (text.startsWith('global.') || text.startsWith(`${vendor}.`)) return text;
    if (text.includes(`.${vendor}.`)) return text.slice(text.indexOf(`.${vendor}.`) + 1);
    return undefined;
  };
  const rules = spelled.rules.flatMap(({ kind, text }) => {
    const qualified = qualify(text);
    if (qualified !== undefined) return [{ kind: kind === '$' ? kind : ('*' as const), text: qualified }];
    return kind === '*' ? [{ kind, text: `${vendor}.${text}` }] : [];
  });
  const exact = spelled.equals.flatMap((text) => {
    const qualified = qualify(text.toLowerCase());
    return qualified === undefined ? [] : [{ kind: '$' as const, text: qualified }];
  });
  return { name, aliases: [], rules: [...exact, ...rules] };
}

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function ownNames(provider: SourceProvider, model: SourceModel): ModelNames {
  const key = `${provider.id}/${model.id}`;
  const spelled = spell(model.match, `providers[${provider.id}].models[${model.id}]`);
  if (provider.id === 'aws') return bedrockNames(model.id, spelled);
  const correction = corrections[key];
  if (correction) {
    const [name, ...aliases] = correction;
    return { ...(name !== undefined && { name }), aliases, rules: spelled.rules };
  }
  const isName =
    spelled.equals.some((text) => sameText(text, model.id)) ||
    spelled.rules.some(({ text }) => model.id.toLowerCase().includes(text));
  const name = isName ? model.id : spelled.equals[0];
  if (name === undefined)
    throw new SourceChanged(`providers[${key}]: no rule matches the id or spells a name out`);
  return { name, aliases: spelled.equals.filter((alias) => !sameText(alias, name)), rules: spelled.rules };
}

/** The names of a provider's models, in its order. */
export const namesOf = (provider: SourceProvider): readonly ModelNames[] =>
  provider.models.map((model) => {
    const { aliases, rules, ...own } = ownNames(provider, model);
    const distinct = new Map(rules.map((each) => [each.kind + each.text, each]));
    return { ...own, aliases: [...new Set(aliases)], rules: [...distinct.values()] };
  });
