/**
 * What a service tier makes of the list price, per token, as a fraction. Only what the providers publish stands here.
 */
export interface Multiplier {
  readonly times: number;
  readonly over: number;
}

const standard: Multiplier = { times: 1, over: 1 };
const half: Multiplier = { times: 1, over: 2 };
const double: Multiplier = { times: 2, over: 1 };

interface TierRow {
  readonly standard: Multiplier;
  /** Families with a multiplier of their own. */
  readonly families?: Readonly<Record<string, Multiplier>>;
}

/** openai.com/api-priority-processing: the published prices over the standard ones; 2 is the highest of them. */
const openAiPriority: TierRow = {
  standard: double,
  families: {
    'gpt-4-1': { times: 7, over: 4 },
    'gpt-4-1-mini': { times: 7, over: 4 },
    'gpt-4o': { times: 7, over: 4 }, // 1.7 for the later snapshots, 1.75 for 2024-05-13
    'gpt-4o-mini': { times: 5, over: 3 },
    'gpt-5-mini': { times: 9, over: 5 },
    o3: { times: 7, over: 4 },
    'o4-mini': { times: 20, over: 11 },
  },
};

/** ai.google.dev/gemini-api/docs/optimization: "75% to 100% more than standard", so the upper end. */
const geminiPriority: TierRow = { standard: double };

/**
 * Catalog id -> tier as the answer names it. `flex` at OpenAI is billed at Batch rates
 * (platform.openai.com/docs/guides/flex-processing); at Gemini it is half (docs/optimization); at Groq it costs what
 * on-demand costs (console.groq.com/docs/flex-processing). Batches are half the price at all three and at Anthropic
 * (docs.anthropic.com, batch processing). Anthropic's `priority` and Groq's `performance` are capacity paid for in
 * advance: their tokens are valued at list price.
 */
const tiers: Readonly<Record<string, Readonly<Record<string, TierRow>>>> = {
  anthropic: { batch: { standard: half }, priority: { standard } },
  google: { batch: { standard: half }, flex: { standard: half }, priority: geminiPriority },
  groq: { batch: { standard: half }, flex: { standard }, performance: { standard } },
  openai: {
    batch: { standard: half },
    flex: { standard: half },
    priority: openAiPriority,
    fast: openAiPriority,
  },
};

/** Names every provider means its ordinary price by, and discounts whose size it does not publish (an upper bound). */
const ordinary = new Set([
  '',
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'scale',
  'flex',
  'batch',
]);

/**
 * The multiplier of a tier, or undefined where it costs extra and the provider does not publish how much (Bedrock's
 * `priority`).
 *
 * @param family of the model that served
 */
export function tierMultiplier(
  catalogId: string | undefined,
  tier: string | undefined,
  family: string | undefined,
): Multiplier | undefined {
  const name = (tier ?? '').toLowerCase();
  const rows = catalogId !== undefined && Object.hasOwn(tiers, catalogId) ? tiers[catalogId] : undefined;
  const row = rows !== undefined && Object.hasOwn(rows, name) ? rows[name] : undefined;
  if (row === undefined) return ordinary.has(name) ? standard : undefined;
  const own =
    family !== undefined && Object.hasOwn(row.families ?? {}, family) ? row.families?.[family] : undefined;
  return own ?? row.standard;
}
