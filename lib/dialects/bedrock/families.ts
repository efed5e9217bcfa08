import type { Target } from '../../domain/decision.ts';
import { traitsOf } from '../anthropic/models.ts';
import type { ModelTraits } from '../anthropic/models.ts';

/**
 * What the model families behind one Converse API do differently, as data. Sources: the Bedrock user guide (prompt
 * caching, structured outputs, tool use, adaptive thinking), the Nova 2 user guide (extended thinking) and what models
 * were seen to accept. A family nobody listed gets `unlisted`: nothing is withheld from it that Converse itself takes.
 */
export interface Family {
  /** For messages to people. */
  readonly vendor: string;
  /** How `additionalModelRequestFields` asks for reasoning; absent: the model cannot be asked. */
  readonly reasoning?: ReasoningControl;
  /** Which reasoning blocks the model takes back: signed or encrypted ones, plain text too, or none. */
  readonly replaysReasoning: 'signed' | 'any' | 'none';
  /** `one`: temperature or top_p, not both. `none`: the model refuses any value but its own. */
  readonly sampling: 'both' | 'one' | 'none';
  readonly topK?: 'top_k' | 'inferenceConfig.topK';
  /** `outputConfig.textFormat` and `strict` tools. */
  readonly structuredOutput: boolean;
  readonly tools: boolean;
  /** The strongest `toolChoice`: a named tool, `any`, or none at all. */
  readonly toolChoice: 'tool' | 'any' | 'auto';
  /** Claude takes its own `tool_choice` (`none`, `disable_parallel_tool_use`) besides Converse's. */
  readonly nativeToolChoice: boolean;
  readonly cachePoints: 'everywhere' | 'not_in_tools' | 'none';
  readonly oneHourCache: boolean;
  readonly system: boolean;
  readonly images: boolean;
  readonly audio: boolean;
  readonly toolResultMedia: readonly ('image' | 'document')[];
  /** What may share a user message with tool results; the rest is set apart by a placeholder turn. */
  readonly besideToolResults: 'anything' | 'text_and_images' | 'nothing';
  readonly toolResultStatus: boolean;
  readonly leadingAssistant: boolean;
  /** Goes on with an assistant message that ends the conversation. */
  readonly prefill: boolean;
}

export type ReasoningControl =
  | { readonly kind: 'claude'; readonly traits: ModelTraits }
  | { readonly kind: 'nova' | 'reasoning_effort' | 'reasoning_config' };

const unlisted: Family = {
  vendor: 'this model',
  replaysReasoning: 'none',
  sampling: 'both',
  structuredOutput: true,
  tools: true,
  toolChoice: 'tool',
  nativeToolChoice: false,
  cachePoints: 'none',
  oneHourCache: false,
  system: true,
  images: true,
  audio: false,
  toolResultMedia: ['image', 'document'],
  besideToolResults: 'anything',
  toolResultStatus: true,
  leadingAssistant: false,
  prefill: false,
};

/** Claude on Bedrock behaves as Claude elsewhere, with what Bedrock adds or has not got. */
function claude(name: string): Family {
  const traits = traitsOf(name);
  return {
    ...unlisted,
    vendor: 'Claude',
    ...(traits.thinking === 'none' ? {} : { reasoning: { kind: 'claude' as const, traits } }),
    replaysReasoning: 'signed',
    sampling: !traits.sampling ? 'none' : traits.temperatureWithTopP ? 'both' : 'one',
    topK: 'top_k',
    structuredOutput: traits.schemas && !withoutSchemas.test(name),
    toolChoice: traits.forcedTools ? 'tool' : 'auto',
    nativeToolChoice: true,
    cachePoints: /claude-3-(?!5-haiku|7)/.test(name) ? 'none' : 'everywhere',
    oneHourCache: traits.schemas && !/opus-4-1/.test(name),
    besideToolResults: 'text_and_images',
    leadingAssistant: true,
    prefill: traits.prefill,
  };
}

/** Not in Bedrock's list of models with structured outputs, though Anthropic's own API has them. */
const withoutSchemas = /claude-opus-(4-[1789]|5)/;

const nova: Family = {
  ...unlisted,
  vendor: 'Nova',
  structuredOutput: false,
  topK: 'inferenceConfig.topK',
  cachePoints: 'not_in_tools',
};
const llama: Family = {
  ...unlisted,
  vendor: 'Llama',
  structuredOutput: false,
  toolChoice: 'auto',
  besideToolResults: 'nothing',
};
const mistral: Family = {
  ...unlisted,
  vendor: 'Mistral',
  structuredOutput: false,
  toolChoice: 'any',
  toolResultMedia: ['document'],
  besideToolResults: 'nothing',
};
const textOnly = { images: false, toolResultMedia: [] } as const;
const early = { tools: false, structuredOutput: false, ...textOnly } as const;

/** First match wins. Matched against the model's id (the last part of an ARN), then against its family name. */
const families: readonly (readonly [RegExp, Family | ((name: string) => Family)])[] = [
  [
    /claude-(v\d|instant)/,
    (name) => ({
      ...claude(name),
      ...early,
      cachePoints: 'none',
      replaysReasoning: 'none',
      prefill: false,
    }),
  ],
  [/claude/, claude],
  [/nova-2-(omni|sonic)/, { ...nova, reasoning: { kind: 'nova' }, audio: true }],
  [/nova-2/, { ...nova, reasoning: { kind: 'nova' } }],
  [/nova-micro/, { ...nova, ...textOnly }],
  [/nova/, nova],
  [/titan/, { ...unlisted, vendor: 'Titan', ...early, system: false }],
  [/llama-?(2|3-(8|70)b)/, { ...llama, ...early }],
  [/llama/, llama],
  [/mistral-7b|mixtral/, { ...mistral, ...early, system: false }],
  [/voxtral/, { ...mistral, structuredOutput: true, audio: true }],
  [/magistral-small|ministral-3|mistral-large-3/, { ...mistral, structuredOutput: true }],
  [/mistral|pixtral/, mistral],
  [/gpt-oss/, { ...unlisted, vendor: 'gpt-oss', ...textOnly, reasoning: { kind: 'reasoning_effort' } }],
  [
    /qwq|qwen3(?!.*(coder|instruct))/,
    {
      ...unlisted,
      vendor: 'Qwen',
      toolResultMedia: [],
      leadingAssistant: true,
      reasoning: { kind: 'reasoning_config' },
    },
  ],
  [/qwen/, { ...unlisted, vendor: 'Qwen', toolResultMedia: [], leadingAssistant: true }],
  [/deepseek.*r1/, { ...unlisted, vendor: 'DeepSeek', ...early, replaysReasoning: 'any' }],
  [/deepseek/, { ...unlisted, vendor: 'DeepSeek', ...textOnly }],
  [/kimi|moonshot/, { ...unlisted, vendor: 'Kimi', toolResultMedia: [], leadingAssistant: true }],
  [/glm/, { ...unlisted, vendor: 'GLM', leadingAssistant: true }],
  [/jamba/, { ...unlisted, vendor: 'Jamba', structuredOutput: false, toolChoice: 'auto', ...textOnly }],
  [/cohere.*command-(text|light)/, { ...unlisted, vendor: 'Command', ...early, system: false }],
  [
    /cohere|command/,
    { ...unlisted, vendor: 'Command', structuredOutput: false, toolChoice: 'auto', ...textOnly },
  ],
  [
    /palmyra/,
    {
      ...unlisted,
      vendor: 'Palmyra',
      structuredOutput: false,
      besideToolResults: 'nothing',
      toolResultStatus: false,
    },
  ],
];

/** The traits of a target's model. An application inference profile's id tells nothing: its family name does. */
export function familyOf(target: Target): Family {
  const id = target.model.slice(target.model.lastIndexOf('/') + 1).toLowerCase();
  return (
    find(id) ?? (target.facts === undefined ? undefined : find(target.facts.family.toLowerCase())) ?? unlisted
  );
}

function find(name: string): Family | undefined {
  const family = families.find(([pattern]) => pattern.test(name))?.[1];
  return typeof family === 'function' ? family(name) : family;
}
