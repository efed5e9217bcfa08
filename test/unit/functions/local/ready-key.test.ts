import { describe, expect, it } from 'vitest';
import {
  exampleModel,
  missingVariables,
  usesSecrets,
  withReadyKey,
} from '../../../../functions/local/ready-key.ts';

const three = { providers: { openai: { type: 'openai', keys: [{ id: 'a', env: 'OPENAI_API_KEY' }] } } };

describe('withReadyKey', () => {
  it('adds a key that opens every provider to a document without virtual keys', () => {
    expect(withReadyKey(three, () => 'fl-made')).toEqual({
      document: {
        ...three,
        virtualKeys: [
          { id: 'local', key: 'fl-made', providers: [{ provider: 'openai', models: ['*'], keys: ['*'] }] },
        ],
      },
      key: 'fl-made',
      added: true,
    });
  });

  it('leaves a document with virtual keys alone, an empty list too', () => {
    const none = { ...three, virtualKeys: [] };
    expect(withReadyKey(none, () => 'x')).toEqual({ document: none, added: false });
    const clear = {
      ...three,
      virtualKeys: [
        { id: 'h', hash: 'sha256:0' },
        { id: 'c', key: 'fl-own' },
      ],
    };
    expect(withReadyKey(clear, () => 'x')).toEqual({ document: clear, key: 'fl-own', added: false });
  });

  it.each([undefined, null, 'text', [], {}, { providers: [] }])(
    'leaves %j for the schema to refuse',
    (value) => {
      expect(withReadyKey(value, () => 'x')).toEqual({ document: value, added: false });
    },
  );
});

describe('missingVariables', () => {
  it('names each variable that is unset or empty', () => {
    const document = {
      providers: {
        p: {
          keys: [
            { id: 'a', env: 'SET' },
            { id: 'b', env: 'EMPTY' },
            { id: 'c', env: 'UNSET' },
          ],
        },
      },
    };
    const values: Record<string, string> = { SET: 'x', EMPTY: '' };
    expect(missingVariables(document, (name) => values[name])).toEqual([
      'EMPTY is not set: key "b" of provider "p" cannot be used; export EMPTY first',
      'UNSET is not set: key "c" of provider "p" cannot be used; export UNSET first',
    ]);
  });
});

describe('usesSecrets', () => {
  it('tells keys in Secrets Manager from those of the environment', () => {
    expect(usesSecrets(three)).toBe(false);
    expect(usesSecrets({ providers: { p: { keys: [{ id: 'a', secret: 'fairlead/p' }] } } })).toBe(true);
  });
});

describe('exampleModel', () => {
  it.each([
    [three, 'openai/gpt-5-mini'],
    [{ ...three, models: { add: [{ model: 'house/llama' }] } }, 'house/llama'],
    [{ ...three, models: { aliases: { fast: ['openai/gpt-5-mini'] } } }, 'fast'],
    [{ providers: { house: { type: 'openai-compatible' } } }, 'house/MODEL'],
    [undefined, 'MODEL'],
  ])('of %j is %s', (document, model) => {
    expect(exampleModel(document)).toBe(model);
  });
});
