/**
 * What an answer consumed, in the provider's own count. Totals are totals: `inputTokens` includes cached and
 * cache-written tokens, `outputTokens` includes reasoning; the other figures are parts of those two and are never
 * added to them. Absent means the provider did not say.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Read from the provider's prompt cache. */
  readonly cachedInputTokens?: number;
  /** Written to the provider's prompt cache, all lifetimes together. */
  readonly cacheWriteTokens?: number;
  /** Of those, written with a lifetime of one hour. */
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens?: number;
  readonly inputAudioTokens?: number;
  readonly cachedInputAudioTokens?: number;
  readonly outputAudioTokens?: number;
  readonly inputImageTokens?: number;
  readonly outputImageTokens?: number;
  /** Input that server-side tools brought in (Gemini `toolUsePromptTokenCount`); part of `inputTokens`. */
  readonly toolInputTokens?: number;
  /** OpenAI's predicted outputs; both are part of `outputTokens`. */
  readonly acceptedPredictionTokens?: number;
  readonly rejectedPredictionTokens?: number;
  /** Server-side web searches, billed per call. */
  readonly webSearches?: number;
  /** Server-side web fetches: counted by the provider, billed by their tokens only. */
  readonly webFetches?: number;
  /** The provider's own total; it may exceed input + output (the rest is billed as output). */
  readonly totalTokens?: number;
  /** The provider's own price of this answer (OpenRouter `usage.cost`), in USD as it wrote it. */
  readonly providerCostUsd?: number;
  /** The model and tier the provider says it billed, where they differ from the ones asked for. */
  readonly servedModel?: string;
  readonly serviceTier?: string;
  /** Answers made of several model calls (Anthropic `iterations`): each with its own model; they replace the totals above for pricing. */
  readonly iterations?: readonly UsageIteration[];
  /** True when the gateway counted because the provider did not. */
  readonly estimated?: boolean;
}

export interface UsageIteration extends Omit<Usage, 'iterations'> {
  readonly model?: string;
}

/** The later of two cumulative reports wins, field by field: figures of one stream are never summed. */
export const laterUsage = (earlier: Usage | undefined, later: Usage): Usage => ({ ...earlier, ...later });

/** What two answers consumed together, as far as a record tells it; bills are made of each alone. */
export function bothUsages(one: Usage, other: Usage): Usage {
  const sum = (name: 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens'): Partial<Usage> =>
    one[name] === undefined && other[name] === undefined
      ? {}
      : { [name]: (one[name] ?? 0) + (other[name] ?? 0) };
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...sum('cachedInputTokens'),
    ...sum('cacheWriteTokens'),
    ...sum('reasoningTokens'),
    ...((one.estimated === true || other.estimated === true) && { estimated: true }),
  };
}
