import { describe, expect, it } from 'vitest';
import { demoDocument, demoKey, demoModels, startDemo } from '../../../../functions/local/demo.ts';
import { helpText } from '../../../../functions/local/text.ts';
import { hashVirtualKey } from '../../../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../../../lib/policy/document.ts';

describe('the demo document', () => {
  const parsed = parseDocument(
    demoDocument({ openai: 'http://127.0.0.1:1', anthropic: 'http://127.0.0.1:2' }),
    {
      envSecrets: true,
      loopbackHttp: true,
      hashKey: hashVirtualKey,
    },
  );

  it('is valid, without a warning', () => {
    expect(parsed).toMatchObject({ ok: true, warnings: [] });
  });

  it('opens both providers, 80 to 20, to one key', () => {
    expect(parsed.ok && parsed.document.virtualKeys).toMatchObject([
      {
        hash: hashVirtualKey(demoKey),
        providers: [
          { provider: 'openai', weight: 0.8 },
          { provider: 'anthropic', weight: 0.2 },
        ],
      },
    ]);
  });

  it('has every model at both providers, and the help says what each does', () => {
    expect(parsed.ok && parsed.document.models?.add).toHaveLength(2 * demoModels.length);
    for (const { model, does } of demoModels) {
      expect(helpText.split('\n').find((line) => line.includes(model))).toContain(does);
    }
  });
});

describe('startDemo', () => {
  it('plays what its models promise', async () => {
    const demo = await startDemo();
    const status = async (model: string): Promise<number | string> => {
      try {
        const response = await fetch(`${demo.providers.openai.baseUrl}/v1/chat/completions`, {
          method: 'POST',
          body: JSON.stringify({ model, messages: [] }),
        });
        return response.status;
      } catch {
        return 'reset';
      }
    };
    expect([await status('demo-chat'), await status('demo-down'), await status('demo-limited')]).toEqual([
      200,
      'reset',
      429,
    ]);
    await demo.close();
  });
});
