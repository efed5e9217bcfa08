import type { ProviderType } from '../domain/policy.ts';
import type { ProviderDialect } from './contract.ts';
import { openAiDialect } from './openai/dialect.ts';

export { parseClientRequest } from './openai/client-request.ts';
export { openAiClient } from './openai/client.ts';
export { hostProfile } from './openai/hosts.ts';

/** The dialects that are not this gateway's own; each is a chunk of the bundle, loaded when first needed. */
const translators = {
  anthropic: async () => (await import('./anthropic/index.ts')).anthropicTranslator,
  bedrock: async () => (await import('./bedrock/index.ts')).bedrockTranslator,
  gemini: async () => (await import('./gemini/index.ts')).geminiTranslator,
} as const;

const loadedBy: Readonly<
  Record<Exclude<ProviderType, 'openai' | 'openai-compatible'>, keyof typeof translators>
> = {
  anthropic: 'anthropic',
  bedrock: 'bedrock',
  gemini: 'gemini',
  vertex: 'gemini',
};

const loaded = new Map<keyof typeof translators, ProviderDialect | Promise<ProviderDialect>>();

/**
 * The provider's side of a dialect. Without a promise where it is there already; the first request to a provider of
 * another type waits for the module of that type, and later ones share it.
 */
export function loadDialect(type: ProviderType): ProviderDialect | Promise<ProviderDialect> {
  if (type === 'openai' || type === 'openai-compatible') return openAiDialect;
  const name = loadedBy[type];
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const loading = Promise.all([import('./translate.ts'), translators[name]()]).then(
    ([{ translatingDialect }, translator]) => {
      const dialect = translatingDialect(translator);
      loaded.set(name, dialect);
      return dialect;
    },
  );
  // A module that failed to load is asked for again.
  loading.catch(() => loaded.delete(name));
  loaded.set(name, loading);
  return loading;
}
