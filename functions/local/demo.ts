import { type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';
import type { Behaviour } from './scripted/step.ts';

/** The virtual key of the demo: it opens scripted providers on the loopback interface, and nothing else. */
export const demoKey = 'fl-demo-local-only';

/** The model of the printed example. */
export const demoModel = 'demo-chat';

const spoken = { headersAfterMs: 60, chunkEveryMs: 35 };

interface DemoModel {
  readonly model: string;
  /** For a person. */
  readonly does: string;
  readonly openai: Behaviour;
  readonly anthropic: Behaviour;
}

/** Every model of the demo is served by both providers; what each does with it is chosen by its name. */
export const demoModels: readonly DemoModel[] = [
  {
    model: demoModel,
    does: 'answers, 80 % from openai and 20 % from anthropic',
    openai: spoken,
    anthropic: spoken,
  },
  {
    model: 'demo-flaky',
    does: 'fails 30 % of the time at openai with 503, so retries and failover answer',
    openai: [
      { share: 0.3, step: { status: 503, headersAfterMs: 60 } },
      { share: 0.7, step: spoken },
    ],
    anthropic: spoken,
  },
  {
    model: 'demo-down',
    does: 'is down at openai (connections break), so anthropic answers',
    openai: { fault: { kind: 'reset_before_headers' } },
    anthropic: spoken,
  },
  {
    model: 'demo-limited',
    does: 'is rate limited at openai (429, retry after a minute), so anthropic answers',
    openai: { status: 429, headers: { 'retry-after': '60' }, headersAfterMs: 60 },
    anthropic: spoken,
  },
  {
    model: 'demo-slow',
    does: 'takes two seconds to begin and speaks slowly',
    openai: { headersAfterMs: 2_000, chunkEveryMs: 250 },
    anthropic: { headersAfterMs: 2_000, chunkEveryMs: 250 },
  },
  {
    model: 'demo-cut',
    does: 'breaks off after five words: the stream ends with one error event',
    openai: { ...spoken, fault: { kind: 'cut', after: 5 } },
    anthropic: { ...spoken, fault: { kind: 'cut', after: 5 } },
  },
];

/** Models of the catalog, so that prices and the examples of an SDK's documentation work too. */
const catalogModels = { openai: ['gpt-5-mini', 'text-embedding-3-small'], anthropic: ['claude-haiku-4-5'] };

/** The gateway document of the demo, for providers at these origins. */
export function demoDocument(origins: { readonly openai: string; readonly anthropic: string }): object {
  const names = demoModels.map(({ model }) => model);
  const pairs = names.flatMap((model) => [`openai/${model}`, `anthropic/${model}`]);
  return {
    providers: {
      openai: { type: 'openai', baseUrl: `${origins.openai}/v1` },
      anthropic: { type: 'anthropic', baseUrl: origins.anthropic },
    },
    virtualKeys: [
      {
        id: 'demo',
        key: demoKey,
        providers: [
          { provider: 'openai', weight: 0.8, models: [...names, ...catalogModels.openai], keys: ['*'] },
          { provider: 'anthropic', weight: 0.2, models: [...names, ...catalogModels.anthropic], keys: ['*'] },
        ],
      },
    ],
    models: {
      aliases: { fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'] },
      add: pairs.map((model) => ({ model, contextTokens: 128_000, maxOutputTokens: 16_384 })),
      prices: Object.fromEntries(pairs.map((model) => [model, { inputPerMTok: 0.25, outputPerMTok: 2 }])),
    },
  };
}

export interface Demo {
  readonly document: object;
  readonly providers: { readonly openai: ScriptedProvider; readonly anthropic: ScriptedProvider };
  close(): Promise<void>;
}

/** Starts the demo's providers on free ports. */
export async function startDemo(): Promise<Demo> {
  const [openai, anthropic] = await Promise.all([
    startScriptedProvider({ name: 'openai', behaviours: behavioursOf('openai') }),
    startScriptedProvider({ name: 'anthropic', behaviours: behavioursOf('anthropic') }),
  ]);
  return {
    document: demoDocument({ openai: openai.baseUrl, anthropic: anthropic.baseUrl }),
    providers: { openai, anthropic },
    close: async () => {
      await Promise.all([openai.close(), anthropic.close()]);
    },
  };
}

const behavioursOf = (provider: 'openai' | 'anthropic'): Readonly<Record<string, Behaviour>> => ({
  ...Object.fromEntries(demoModels.map((demo) => [demo.model, demo[provider]])),
  '*': spoken,
});
