import type { TokenPrices } from './prices.ts';
import type { Quota } from './quota.ts';
import type { RuleBook } from './rules.ts';

/** The gateway document, compiled to what a request needs. */

export const providerTypes = [
  'openai',
  'openai-compatible',
  'anthropic',
  'bedrock',
  'gemini',
  'vertex',
] as const;
export type ProviderType = (typeof providerTypes)[number];

export type Operation = 'chat' | 'responses' | 'embeddings';

/** Where a provider key's value lives. */
export type SecretRef =
  { readonly kind: 'secret'; readonly name: string } | { readonly kind: 'env'; readonly name: string };

/** A compiled allow-list of names and `*` globs. */
export type NameMatcher = (name: string) => boolean;

export interface ProviderKey {
  readonly id: string;
  readonly secret: SecretRef;
  /** Absent: usable when named, never picked, unless no key of the provider has a weight. 0: fallback only. */
  readonly weight?: number;
  /** Everything, where the document gives no list. */
  readonly allowsModel: NameMatcher;
  /** `denyModels`: beats every allowance, under whatever name the model is asked for. */
  readonly deniesModel: NameMatcher;
  /** Over one of these, the key leaves the target's keys. */
  readonly quotas: readonly Quota[];
}

/** How a request is carried out; times in milliseconds (README, "Failure behaviour"). */
export interface ExecutionSettings {
  /** Further tries of one target after the first, transient failures only. */
  readonly maxRetries: number;
  readonly hedgeAfterMs: number;
  readonly firstContentTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly deadlineMs: number;
}

/**
 * How an OpenAI-compatible host differs from OpenAI, as data. Absent means: as OpenAI.
 */
export interface Quirks {
  /** `system`: the host knows no `developer` role. */
  readonly developerRole?: 'developer' | 'system';
  readonly maxTokensField?: 'max_completion_tokens' | 'max_tokens';
  /** False: the host refuses `stream_options` (its streams carry usage anyway, or not at all). */
  readonly streamOptions?: boolean;
  /** Top-level parameters the host refuses; a request that needs one leaves this target. */
  readonly refusedParameters?: readonly string[];
  /** Fields of messages the host refuses and that lose nothing when dropped (`name`, `reasoning_content`). */
  readonly droppedMessageFields?: readonly string[];
  /** True: the host takes and gives `reasoning_details` itself (OpenRouter); otherwise it is dropped on the way in. */
  readonly reasoningDetails?: boolean;
  /** What tool call ids must look like: Mistral takes nine letters and digits. */
  readonly toolCallIds?: {
    readonly alphabet: 'alphanumeric' | 'urlsafe';
    readonly maxLength: number;
    readonly exactLength?: boolean;
  };
  /** The host ends streams without a finish reason; its terminator is then the end. */
  readonly omitsFinishReason?: boolean;
}

export interface Provider {
  readonly id: string;
  readonly type: ProviderType;
  /** Without a trailing slash. From the document or the type's default; never from a caller. */
  readonly baseUrl: string;
  /** AWS region (Bedrock) or Google location (Vertex). */
  readonly region?: string;
  /** Google Cloud project (Vertex). */
  readonly project?: string;
  readonly zones: readonly string[];
  readonly certifications: readonly string[];
  /** Empty: no key is needed (in-house), or the function's own AWS role signs (Bedrock). */
  readonly keys: readonly ProviderKey[];
  /** Whose models and prices in the catalog are this provider's; absent: none. */
  readonly catalogId?: string;
  /** Serves any name it is allowed (an in-house provider without a catalog). */
  readonly servesAnyModel: boolean;
  /** Public name -> the provider's own (inference profiles, deployments). */
  readonly modelIds: ReadonlyMap<string, string>;
  readonly operations: ReadonlySet<Operation>;
  readonly quirks: Quirks;
  /** Parameters the target cannot carry are dropped instead of excluding it. */
  readonly dropUnsupported: boolean;
  readonly settings: Partial<ExecutionSettings>;
  readonly modelSettings: readonly {
    readonly matches: NameMatcher;
    readonly settings: Partial<ExecutionSettings>;
  }[];
  /** Over one of these, the provider leaves the candidates. */
  readonly quotas: readonly Quota[];
}

/** One provider a virtual key may use. */
export interface ProviderGrant {
  readonly provider: string;
  readonly weight?: number;
  /** Nothing, where the document gives no list. */
  readonly allowsModel: NameMatcher;
  /** `denyModels`: beats every allowance, under whatever name the model is asked for. */
  readonly deniesModel: NameMatcher;
  /** True for a name (or glob narrower than `*`) spelled out in the grant: it is served though the catalog does not know it. */
  readonly namesModel: NameMatcher;
  /** Which of the provider's keys, by id. */
  readonly allowsKey: NameMatcher;
  /** True for a key spelled out in the grant: it is used though it has no weight among weighted ones. */
  readonly namesKey: NameMatcher;
  /** Of this entry and of those it narrows; over one of them, the provider leaves the candidates. */
  readonly quotas: readonly Quota[];
}

export type Strategy = 'weighted' | 'adaptive' | 'cheapest';

/** Who is asking: a virtual key with everything it inherits from team and customer already folded in. */
export interface Caller {
  readonly virtualKeyId: string;
  readonly virtualKeyName: string;
  readonly teamId?: string;
  readonly teamName?: string;
  readonly customerId?: string;
  readonly customerName?: string;
  readonly grants: readonly ProviderGrant[];
  readonly strategy: Strategy;
  readonly zones: readonly string[];
  readonly certifications: readonly string[];
  readonly enabled: boolean;
  readonly expiresAtMs?: number;
  /** Of virtual key, team and customer, in this order: all must pass, and the first that does not is named. */
  readonly quotas: readonly Quota[];
  /** Asked for where the request sets no output limit of its own. */
  readonly maxOutputTokens?: number;
}

/** A model that `models.add` gives a provider, or that the catalog knows. */
export interface ModelFacts {
  /** The provider's own name of the model. */
  readonly model: string;
  /** One name for the same model at every provider (`claude-sonnet-4-5`); used to find "the same model first". */
  readonly family: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly prices?: TokenPrices;
}

export interface Policy {
  /** Counts up; the digest of the stored parts. */
  readonly version: number;
  readonly digest: string;
  readonly providers: ReadonlyMap<string, Provider>;
  /** Alias -> ordered chain of `provider/model` or bare model names. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** `provider id` -> models added to it by the document. */
  readonly addedModels: ReadonlyMap<string, readonly ModelFacts[]>;
  /** `provider/model` -> prices that replace the catalog's. */
  readonly prices: ReadonlyMap<string, TokenPrices>;
  readonly defaults: ExecutionSettings;
  readonly rules: RuleBook;
  /** Of the document's root: over everything that passes this gateway. */
  readonly quotas: readonly Quota[];
  /** Of which requests the decision is kept for `explain`. */
  readonly decisionRecords: 'all' | 'failures' | 'none';
}

/** What the catalog answers, for one provider of the catalog. */
export interface Catalog {
  /** The day whose prices it holds, in seconds since the Unix epoch. */
  readonly asOfS: number;
  /**
   * The model as `catalogId` serves it: by the provider's own name (exact, or as the catalog's match rules say), or by its family name.
   */
  find(catalogId: string, model: string): ModelFacts | undefined;
  list(catalogId: string): readonly ModelFacts[];
}

/** A secret's value as a provider wants it. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'api_key'; readonly value: string }
  | {
      readonly kind: 'aws';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };
