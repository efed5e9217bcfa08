/**
 * What of a request depends on the Gemini model, by the model's name (ai.google.dev/gemini-api/docs/thinking,
 * /gemini-3, /function-calling; docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking).
 */
export const thinkingLevels = ['minimal', 'low', 'medium', 'high'] as const;
export type ThinkingLevel = (typeof thinkingLevels)[number];

export type Thinking =
  | { readonly kind: 'none' }
  /** `thinkingBudget` in tokens; 0 is only taken where thinking can be switched off. */
  | {
      readonly kind: 'budget';
      readonly minTokens: number;
      readonly maxTokens: number;
      readonly canDisable: boolean;
    }
  /** `thinkingLevel`, lowest first; thinking cannot be switched off. */
  | { readonly kind: 'level'; readonly levels: readonly ThinkingLevel[] };

/** The first row that matches counts. */
const thinkingRows: readonly { readonly model: RegExp; readonly thinking: Thinking }[] = [
  {
    model: /^gemini-(1|2\.0)|^gemma-[1-3]|^learnlm|-image|-tts|-native-audio/,
    thinking: { kind: 'none' },
  },
  {
    model: /^gemini-2\.5-pro/,
    thinking: { kind: 'budget', minTokens: 128, maxTokens: 32_768, canDisable: false },
  },
  {
    model: /^gemini-2\.5-flash-lite/,
    thinking: { kind: 'budget', minTokens: 512, maxTokens: 24_576, canDisable: true },
  },
  {
    model: /^gemini-2\.5/,
    thinking: { kind: 'budget', minTokens: 1, maxTokens: 24_576, canDisable: true },
  },
  { model: /^gemini-3-pro/, thinking: { kind: 'level', levels: ['low', 'high'] } },
  { model: /^gemini-3(\.[0-6])?-flash/, thinking: { kind: 'level', levels: thinkingLevels } },
  { model: /^gemini-([3-9]|\d\d)/, thinking: { kind: 'level', levels: ['low', 'medium', 'high'] } },
];

/** Names of no generation (`gemini-flash-latest`): every thinking model takes a budget within these bounds. */
const anyThinking: Thinking = { kind: 'budget', minTokens: 128, maxTokens: 24_576, canDisable: false };

export const thinkingOf = (model: string): Thinking =>
  thinkingRows.find((row) => row.model.test(model))?.thinking ?? anyThinking;

/**
 * Gemini 3 and later, and the `-latest` names, which point there: they check signatures of function calls, take media
 * inside function responses and structured output beside function declarations.
 */
export const isGemini3 = (model: string): boolean => /^gemini-([3-9]|\d\d)|^gemini-.*-latest$/.test(model);

/** From Gemini 2.5 on the API refuses penalties ("Penalty is not enabled for this model"). */
export const takesPenalties = (model: string): boolean => /^gemini-2\.0/.test(model);

/** The Gemini API fetches public URLs for models after 2.0 only; Vertex AI does for all. */
export const fetchesUrls = (model: string): boolean => !/^gemini-(1|2\.0)/.test(model);
