/**
 * What a Claude model takes, told from its name. Sources: platform.claude.com/docs, pages "Models overview",
 * "Thinking", "Effort", "Structured outputs", "Forcing tool use", "Mid-conversation system messages" and the
 * migration guides of each generation.
 */
export type WireEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ModelTraits {
  /** `budget`: `budget_tokens`; `adaptive`: effort only; `either`: both, adaptive preferred. */
  readonly thinking: 'none' | 'budget' | 'either' | 'adaptive';
  /** How thinking is switched off: say nothing, a `thinking.type`, or not at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'between_tools' | 'never';
  /** Levels of `output_config.effort`, lowest first; empty: the model has none. */
  readonly efforts: readonly WireEffort[];
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Takes `temperature` and `top_p` in one request. */
  readonly temperatureWithTopP: boolean;
  /** Constrained decoding: `output_config.format` and `strict` tools. */
  readonly schemas: boolean;
  /** Takes `tool_choice` `any` and `tool`. */
  readonly forcedTools: boolean;
  /** Continues an assistant message that ends the conversation. */
  readonly prefill: boolean;
  /** Takes `role: "system"` inside the conversation. */
  readonly systemTurns: boolean;
  /** What `max_tokens` is when neither caller nor catalog says. */
  readonly maxOutputTokens: number;
}

/** Major version times 100 plus minor version: 4_05 is 4.5. */
type Version = number;
type Since = Readonly<Record<string, Version>>;

/** From which version on, per family; `any` counts where the family is not named. */
const since = {
  thinking: { any: 3_07 },
  adaptiveThinking: { any: 4_06 },
  noThinkingBudget: { any: 4_07 },
  thinkingByDefault: { any: 5_00 },
  thinkingAlways: { opus: 5_05, fable: 5_00, mythos: 5_00 },
  thinkingBetweenTools: { sonnet: 5_05 },
  effort: { any: 4_06, opus: 4_05 },
  effortMax: { any: 4_06 },
  effortXhigh: { any: 4_07 },
  noSampling: { any: 4_07 },
  temperatureOrTopP: { any: 4_05, opus: 4_01 },
  schemas: { any: 4_05, opus: 4_01 },
  noForcedTools: { sonnet: 5_05, opus: 5_05, fable: 5_01, mythos: 5_01 },
  noPrefill: { any: 4_06 },
  systemTurns: { any: 5_00, opus: 4_08, haiku: 5_05 },
} as const satisfies Record<string, Since>;

/** The last row that applies wins. */
const maxOutputTokens: readonly (readonly [family: string, from: Version, tokens: number])[] = [
  ['any', 0, 4_096],
  ['any', 3_05, 8_192],
  ['any', 3_07, 64_000],
  ['opus', 4_00, 32_000],
  ['opus', 4_05, 64_000],
];

/** A name that tells no version is taken for one of this generation: it has both old forms and new features. */
const unknownVersion: Version = 4_05;

const namePattern =
  /claude-(?:(\d{1,2})(?:[-.](\d{1,2}))?-)?([a-z]+)(?:-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?)?/i;

/** The traits of a model by its name: `claude-3-5-sonnet-20241022`, `claude-sonnet-4-5`, `claude-opus-5`. */
export function traitsOf(model: string): ModelTraits {
  const { family, version } = parseName(model);
  const has = (rows: Since) => version >= (rows[family] ?? rows['any'] ?? Infinity);
  return {
    thinking: !has(since.thinking)
      ? 'none'
      : has(since.noThinkingBudget)
        ? 'adaptive'
        : has(since.adaptiveThinking)
          ? 'either'
          : 'budget',
    thinkingOff: has(since.thinkingAlways)
      ? 'never'
      : has(since.thinkingBetweenTools)
        ? 'between_tools'
        : has(since.thinkingByDefault)
          ? 'disabled'
          : 'omit',
    efforts: has(since.effort)
      ? [
          'low',
          'medium',
          'high',
          ...(has(since.effortXhigh) ? (['xhigh'] as const) : []),
          ...(has(since.effortMax) ? (['max'] as const) : []),
        ]
      : [],
    sampling: !has(since.noSampling),
    temperatureWithTopP: !has(since.temperatureOrTopP),
    schemas: has(since.schemas),
    forcedTools: !has(since.noForcedTools),
    prefill: !has(since.noPrefill),
    systemTurns: has(since.systemTurns),
    maxOutputTokens:
      maxOutputTokens.findLast(
        ([name, from]) => (name === 'any' || name === family) && version >= from,
      )?.[2] ?? 4_096,
  };
}

function parseName(model: string): { family: string; version: Version } {
  const match = namePattern.exec(model);
  const family = match?.[3]?.toLowerCase() ?? '';
  const [major, minor] = match?.[1] !== undefined ? [match[1], match[2]] : [match?.[4], match?.[5]];
  // The one Claude without a number; it behaves as the generation it previewed.
  if (family === 'mythos' && major === undefined) return { family, version: 5_00 };
  if (major === undefined) return { family, version: unknownVersion };
  return { family, version: Number(major) * 100 + Number(minor ?? 0) };
}
