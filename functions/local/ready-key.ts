import { asArray, asObject, asString, isObject, type JsonObject } from '../../lib/domain/json.ts';

/** A virtual key that can be shown: in clear in the document, or made for it. */
export interface ReadyKey {
  readonly document: unknown;
  /** Absent where the document only has hashes. */
  readonly key?: string;
  /** True if it is none of the document's. */
  readonly added: boolean;
}

/**
 * A document without `virtualKeys` gets one key that may use every provider, so that three lines are a whole document.
 * The key is made anew by `makeKey`: behind it are real provider keys.
 */
export function withReadyKey(document: unknown, makeKey: () => string): ReadyKey {
  if (!isObject(document) || !isObject(document['providers'])) return { document, added: false };
  if (document['virtualKeys'] !== undefined) {
    const key = asArray(document['virtualKeys'])
      .map((entry) => asString(asObject(entry)['key']))
      .find((clear) => clear !== undefined);
    return { document, ...(key !== undefined && { key }), added: false };
  }
  const key = makeKey();
  const providers = Object.keys(document['providers']).map((provider) => ({
    provider,
    models: ['*'],
    keys: ['*'],
  }));
  return { document: { ...document, virtualKeys: [{ id: 'local', key, providers }] }, key, added: true };
}

/** Environment variables the document's provider keys name and that are not set, each with who needs it. */
export const missingVariables = (
  document: unknown,
  readEnv: (name: string) => string | undefined,
): readonly string[] =>
  keysOf(document).flatMap(({ provider, key }) => {
    const name = asString(key['env']);
    if (name === undefined || (readEnv(name) ?? '') !== '') return [];
    const id = asString(key['id']) ?? '?';
    return [`${name} is not set: key "${id}" of provider "${provider}" cannot be used; export ${name} first`];
  });

/** Whether any provider key lives in Secrets Manager. */
export const usesSecrets = (document: unknown): boolean =>
  keysOf(document).some(({ key }) => asString(key['secret']) !== undefined);

const keysOf = (document: unknown): { readonly provider: string; readonly key: JsonObject }[] =>
  Object.entries(asObject(asObject(document)['providers'])).flatMap(([provider, entry]) =>
    asArray(asObject(entry)['keys']).map((key) => ({ provider, key: asObject(key) })),
  );

const exampleByType: Readonly<Record<string, string>> = {
  openai: 'gpt-5-mini',
  anthropic: 'claude-haiku-4-5',
  gemini: 'gemini-2.5-flash',
  vertex: 'gemini-2.5-flash',
  bedrock: 'amazon.nova-lite-v1:0',
};

/** A model the document probably serves, for the printed example; a placeholder where nothing can be guessed. */
export function exampleModel(document: unknown): string {
  const { models, providers } = asObject(document);
  const [alias] = Object.keys(asObject(asObject(models)['aliases']));
  if (alias !== undefined) return alias;
  const added = asString(asObject(asArray(asObject(models)['add'])[0])['model']);
  if (added !== undefined) return added;
  const [first] = Object.entries(asObject(providers));
  if (first === undefined) return 'MODEL';
  return `${first[0]}/${exampleByType[asString(asObject(first[1])['type']) ?? ''] ?? 'MODEL'}`;
}
