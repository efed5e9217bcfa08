/**
 * One name for the same model at every provider, by rewriting the provider's own name step by step. A family never
 * joins sizes, variants (mini, turbo, fast, thinking, :free) or models that differ by a month stamp (2411, 0905);
 * it does join the spellings of one model, its full-date snapshots, and the number formats it is served in.
 */

/** `eu.anthropic.claude-...-v1:0`: vendors of Bedrock ids, which stand before the first dot after a region. */
const bedrockId =
  /^(?:[a-z]+(?:-[a-z]+)?\.)?(ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|writer|zai)\.(.+)$/;

/** Full dates and "latest" name a snapshot of these; with other makers they name another model. */
const datedMakers = /^(?:gpt|o\d|claude|grok|codex|computer|gemini)(?=-|$)/;

/** `hint` is text without which the pattern cannot match: looking for it first spares most of the matching. */
type Step = readonly [hint: string, pattern: RegExp, replacement: string];

/** The version of the offer, not of the model, at the end of a Bedrock id. */
const bedrockSteps: readonly Step[] = [
  [':', /^(nemotron.*|titan.*):\d+$/, '$1'], // here "v2" is the model's own
  ['-v0:', /^(.*-v0):(\d)$/, '$1-$2'], // mistral-7b-instruct-v0:2 is v0.2
  ['gpt-oss', /^(gpt-oss-.*)-1:\d+$/, '$1'],
  ['-v', /^(.*)-v\d+:\d+(?::\d+k)?$/, '$1'],
  [':', /:\d+$/, ''],
  ['', /^(r1|v3)(?=$|-|\.)/, 'deepseek-$1'],
];

const spellingSteps: readonly Step[] = [
  ['', /[._]/g, '-'],
  ['p', /(\d)p(\d)/g, '$1-$2'], // Fireworks: glm-5p2
  ['-', /^(?:meta|nvidia|zai)-(?=llama|nemotron|glm)/, ''],
  ['', /^(llama|qwen|gemma|phi)-?v?(\d)/, '$1-$2'],
  ['gpt-35', /^gpt-35(?=-|$)/, 'gpt-3-5'],
  ['deepseek-chat', /^deepseek-chat-v3/, 'deepseek-v3'],
  ['gemini-', /^gemini-(flash|pro)-1-5(?=-|$)/, 'gemini-1-5-$1'],
  ['claude-', /^claude-([4-9])-(?:(\d{1,2})-)?(opus|sonnet|haiku|fable)(?=-|$)/, 'claude-$3-$1-$2'],
  ['claude-', /^claude-(opus|sonnet|haiku)-3(?:-(\d))?(?=-|$)/, 'claude-3-$2-$1'],
  ['--', /--/g, '-'],
  ['', /-$/, ''],
];

const snapshotSteps: readonly Step[] = [
  ['-20', /-20\d{2}-\d{2}-\d{2}$/, ''],
  ['-20', /-20\d{6}(?=$|-v\d$)/, ''],
  ['-latest', /^(.*\d.*)-latest$/, '$1'], // without a number it is a pointer, not a model
];

const variantSteps: readonly Step[] = [
  ['gemini-', /^(gemini-.*)-00\d$/, '$1'],
  ['-v', /^((?:claude|nova)-.*)-v\d$/, '$1'],
  ['claude-', /^(claude-(?:opus|sonnet|haiku)-\d)-0$/, '$1'],
  ['-', /-(?:fp8|fp16|bf16|nvfp4)$/, ''],
  ['llama-4-', /^(llama-4-(?:maverick|scout))-(?:17b-)?(?:\d+e-)?instruct(?:-basic)?$/, '$1'],
  ['llama-3-', /^(llama-3-(?:8|70)b)-(?:8192|chat-hf)$/, '$1-instruct'],
  ['llama-2-', /^(llama-2-70b)-(?:4096|chat-hf)$/, '$1-chat'],
  ['qwen-3-', /^(qwen-3-(?:coder|vl)-\d+b-a\d+b)$/, '$1-instruct'],
];

/** What no rule gets right: another name of the same model -> its family. */
const sameModel: Readonly<Record<string, string>> = {
  'codestral-25-08': 'codestral-2508',
  'command-r7b-12-2024': 'command-r7b',
  'devstral-2-123b': 'devstral-2512',
  'devstral-2-123b-instruct-2512': 'devstral-2512',
  'gemini-pro': 'gemini-1-0-pro',
  'gemma-4-31b': 'gemma-4-31b-it',
  'grok-2-1212': 'grok-2',
  'grok-2-vision-1212': 'grok-2-vision',
  'grok-3-beta': 'grok-3',
  'grok-3-mini-beta': 'grok-3-mini',
  'grok-4-0709': 'grok-4',
  'kimi-k2-0711-preview': 'kimi-k2',
  'kimi-k2-0905-preview': 'kimi-k2-0905',
  'kimi-k2-instruct': 'kimi-k2',
  'kimi-k2-instruct-0905': 'kimi-k2-0905',
  'llama-3-1-8b': 'llama-3-1-8b-instruct',
  'llama-3-1-8b-instant': 'llama-3-1-8b-instruct',
  'llama-3-1-70b-versatile': 'llama-3-1-70b-instruct',
  'llama-3-3-70b': 'llama-3-3-70b-instruct',
  'llama-3-3-70b-versatile': 'llama-3-3-70b-instruct',
  'ministral-3-3b-instruct': 'ministral-3b-2512',
  'ministral-3-8b-instruct': 'ministral-8b-2512',
  'ministral-3-14b-instruct': 'ministral-14b-2512',
  'mistral-large-3-675b-instruct': 'mistral-large-2512',
  'mistral-nemo-instruct-2407': 'mistral-nemo',
  'mistral-small-24b-instruct-2501': 'mistral-small-2501',
  'mistral-small-3-1-24b-instruct': 'mistral-small-2503',
  'mistral-small-3-2-24b-instruct': 'mistral-small-2506',
  'mistral-small-3-2-24b-instruct-2506': 'mistral-small-2506',
  'nemotron-3-120b-a12b': 'nemotron-3-super-120b-a12b',
  'nemotron-nano-3-30b': 'nemotron-3-nano-30b-a3b',
  'nemotron-super-3-120b': 'nemotron-3-super-120b-a12b',
  'nemotron-3-ultra': 'nemotron-3-ultra-550b-a55b',
  'open-mistral-nemo': 'mistral-nemo',
  'qwen-3-235b-a22b-2507': 'qwen-3-235b-a22b-instruct-2507',
  'qwen-3-coder': 'qwen-3-coder-480b-a35b-instruct',
  'qwen-3-coder-480b': 'qwen-3-coder-480b-a35b-instruct',
  'voxtral-small-2507': 'voxtral-small-24b-2507',
};

const rewrite = (name: string, steps: readonly Step[]): string =>
  steps.reduce(
    (text, [hint, pattern, replacement]) => (text.includes(hint) ? text.replace(pattern, replacement) : text),
    name,
  );

/** Names longer than this are nobody's; it bounds the work a caller's text can cause. */
export const maxNameLength = 256;

/**
 * The family of a provider's own name of a model: lower case, words joined by "-" (`gpt-4.1` -> `gpt-4-1`). Total and
 * idempotent.
 */
export function familyOf(name: string): string {
  const lower = name.slice(-maxNameLength).trim().toLowerCase();
  const last = lower.slice(lower.lastIndexOf('/') + 1);
  const [, vendor, rest] = bedrockId.exec(last) ?? [];
  const bare = vendor === undefined || rest === undefined ? last : rewrite(rest, bedrockSteps);
  const [base = '', ...variants] = bare.replace(/@.*$/, '').split(':');
  const spelled = rewrite(base, spellingSteps);
  const undated = datedMakers.test(spelled) ? rewrite(spelled, snapshotSteps) : spelled;
  const family = rewrite(undated, variantSteps);
  return [Object.hasOwn(sameModel, family) ? (sameModel[family] ?? family) : family, ...variants].join(':');
}

/**
 * A name in a family's spelling, without taking a date, a version or a variant from it: `Claude-Opus-4.5` becomes the
 * family's name, `gpt-4o-2024-08-06` does not, so that a snapshot asked for is never answered with another.
 */
export function spellingOf(name: string): string {
  const lower = name.slice(-maxNameLength).trim().toLowerCase();
  const [base = '', ...variants] = lower.slice(lower.lastIndexOf('/') + 1).split(':');
  return [rewrite(base, spellingSteps), ...variants].join(':');
}
