import type { Operation, ProviderType } from '../domain/policy.ts';

/** What a provider type brings along. Catalog ids are those of @pydantic/genai-prices. */
export interface ProviderTypeFacts {
  /** `{region}` is replaced by the provider's region; absent: the document must give `baseUrl`. */
  readonly baseUrl?: string;
  readonly catalogId?: string;
  /** What it speaks unless the document or the host's profile says otherwise. */
  readonly operations: readonly Operation[];
  /** What the document may ask of it at most. */
  readonly possibleOperations: readonly Operation[];
  /** Document fields it must have. */
  readonly requires: readonly TypedField[];
  /** Document fields only some types have, and this one does. */
  readonly takes: readonly TypedField[];
  /** In-house hosts need none, Bedrock is signed with the function's own role; elsewhere an empty list gets a warning. */
  readonly worksWithoutKeys: boolean;
}

export const typedFields = ['region', 'project', 'quirks', 'baseUrl'] as const;
export type TypedField = (typeof typedFields)[number];

const everyOperation = ['chat', 'responses', 'embeddings'] as const;

export const providerTypeFacts: Readonly<Record<ProviderType, ProviderTypeFacts>> = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    catalogId: 'openai',
    operations: everyOperation,
    possibleOperations: everyOperation,
    requires: [],
    takes: ['baseUrl', 'quirks'],
    worksWithoutKeys: false,
  },
  'openai-compatible': {
    operations: ['chat', 'embeddings'],
    possibleOperations: everyOperation,
    requires: ['baseUrl'],
    takes: ['baseUrl', 'quirks'],
    worksWithoutKeys: true,
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    catalogId: 'anthropic',
    operations: ['chat'],
    possibleOperations: ['chat'],
    requires: [],
    takes: ['baseUrl'],
    worksWithoutKeys: false,
  },
  bedrock: {
    baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
    catalogId: 'aws',
    operations: ['chat'],
    possibleOperations: ['chat'],
    requires: ['region'],
    takes: ['baseUrl', 'region'],
    worksWithoutKeys: true,
  },
  gemini: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    catalogId: 'google',
    operations: ['chat'],
    possibleOperations: ['chat'],
    requires: [],
    takes: ['baseUrl'],
    worksWithoutKeys: false,
  },
  vertex: {
    baseUrl: 'https://{region}-aiplatform.googleapis.com',
    catalogId: 'google',
    operations: ['chat'],
    possibleOperations: ['chat'],
    requires: ['region', 'project'],
    takes: ['baseUrl', 'region', 'project'],
    worksWithoutKeys: false,
  },
};

/** The type's own base URL, without a trailing slash; undefined where there is none. */
export function defaultBaseUrl(type: ProviderType, region: string | undefined): string | undefined {
  // Vertex's global endpoint has a host without a location (cloud.google.com/vertex-ai/generative-ai/docs/learn/locations).
  if (type === 'vertex' && region === 'global') return 'https://aiplatform.googleapis.com';
  return providerTypeFacts[type].baseUrl?.replace('{region}', region ?? '');
}
