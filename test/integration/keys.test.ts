import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ScriptedProvider, Step } from '../support/scripted.ts';
import { firstText, secondText, stage, times, whole } from './scene.ts';

/** What becomes of a provider key that the provider refuses. */

const keysSent = (provider: ScriptedProvider): readonly unknown[] =>
  provider.requests.map(({ headers }) => headers['authorization']);

const env = { KEY_A: 'sk-provider-aaaaaaaa', KEY_B: 'sk-provider-bbbbbbbb' };
const a = 'Bearer sk-provider-aaaaaaaa';
const b = 'Bearer sk-provider-bbbbbbbb';
const twoKeys = {
  keys: [
    { id: 'a', env: 'KEY_A', weight: 3 },
    { id: 'b', env: 'KEY_B', weight: 1 },
  ],
};
const oneKey = { keys: [{ id: 'a', env: 'KEY_A' }] };

const refused: Step = { status: 401, error: { message: 'Incorrect API key provided' } };

describe('a key that is refused', () => {
  it.each<[string, Step]>([
    ['401', refused],
    ['429 because the account is out of credit', { status: 429, error: { code: 'insufficient_quota' } }],
    ['400 because it is not valid', { status: 400, error: { code: 'invalid_api_key' } }],
  ])('with %s: the other key at once, and the refused one rests for a minute', async (_name, step) => {
    const { clock, gateway, first, second } = await stage({ env, entry: twoKeys, steps: [step] });
    const ask = async () => (await whole(gateway.chat({ model: 'm' }))).text;
    expect(await ask()).toBe(firstText);
    expect(keysSent(first)).toEqual([a, b]);
    await ask();
    await clock.advance(59_999);
    await ask();
    expect(keysSent(first)).toEqual([a, b, b, b]);
    await clock.advance(1);
    await ask();
    expect(keysSent(first)).toEqual([a, b, b, b, a]);
    expect(times(second)).toEqual([]);
    const [record] = await gateway.records(1);
    expect(record?.['attempts']).toMatchObject([
      { key: 'a', outcome: 'credential', status: step.status },
      { key: 'b', outcome: 'ok', status: 200 },
    ]);
  });

  it.each([402, 403])('with %i: rests for that model only', async (status) => {
    const { gateway, first } = await stage({ env, entry: twoKeys, steps: [{ status }] });
    for (const model of ['m', 'm', 'other']) await whole(gateway.chat({ model }));
    expect(first.requests.map(({ model }) => model)).toEqual(['m', 'm', 'm', 'other']);
    expect(keysSent(first)).toEqual([a, b, b, a]);
  });

  it('and is the only one: the next provider, now and for the next minute', async () => {
    const { clock, gateway, first, second } = await stage({ env, entry: oneKey, steps: [refused] });
    const ask = async () => (await whole(gateway.chat({ model: 'm' }))).text;
    expect([await ask(), await ask()]).toEqual([secondText, secondText]);
    expect([times(first), times(second)]).toEqual([[0], [0, 0]]);
    await clock.advance(60_000);
    expect(await ask()).toBe(firstText);
  });

  it('with nobody else left: the caller reads 502, not the 401 that is none of its own', async () => {
    const { gateway, first } = await stage({ env, entry: twoKeys, steps: [refused, refused] });
    const { status, headers, error } = await whole(gateway.chat({ model: 'first/m' }));
    expect(status).toBe(502);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(error).toMatchObject({
      code: 'upstream_failed',
      message: 'first/m: Incorrect API key provided',
      attempts: [
        { key: 'a', outcome: 'credential', status: 401 },
        { key: 'b', outcome: 'credential', status: 401 },
      ],
    });
    const again = await whole(gateway.chat({ model: 'first/m' }));
    expect(again).toMatchObject({
      status: 503,
      error: {
        code: 'unavailable',
        message: 'provider "first" has no usable key for model "m" in this region',
      },
    });
    expect(times(first)).toEqual([0, 0]);
  });
});

describe('a key at its rate limit', () => {
  it('hands over to the other key at once, and is left alone until its Retry-After', async () => {
    const limited: Step = { status: 429, headers: { 'retry-after': '30' } };
    const { clock, gateway, first } = await stage({ env, entry: twoKeys, steps: [limited] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(firstText);
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(firstText);
    await clock.advance(30_000);
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(firstText);
    expect(keysSent(first)).toEqual([a, b, b, a]);
    expect(times(first)).toEqual([0, 0, 0, 30_000]);
  });

  it('is asked again at once where it did not say for how long', async () => {
    const { gateway, first } = await stage({ env, entry: twoKeys, steps: [{ status: 429 }] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(firstText);
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(firstText);
    expect(keysSent(first)).toEqual([a, b, a]);
  });

  it('is asked again when both are limited and waiting is short', async () => {
    const limited = (after: string): Step => ({ status: 429, headers: { 'retry-after': after } });
    const { clock, gateway, first } = await stage({
      env,
      entry: twoKeys,
      steps: [limited('4'), limited('2')],
    });
    const asking = gateway.chat({ model: 'first/m' });
    await clock.pass(2_000);
    expect((await whole(asking)).text).toBe(firstText);
    expect(times(first)).toEqual([0, 0, 2_000]);
    // The one that asked for less.
    expect(keysSent(first)).toEqual([a, b, b]);
  });
});

describe('a key that was rotated', () => {
  const inSecrets = { keys: [{ id: 'a', secret: 'fairlead/first' }] };
  const previous = 'sk-provider-previous';
  const rotated = 'sk-provider-rotated';

  /** Secrets Manager, with the value it holds by then. */
  function secretsManager(): { value: string; readonly reads: () => number } {
    const manager = { value: previous, reads: () => mock.calls().length };
    const mock = mockClient(SecretsManagerClient);
    mock.on(GetSecretValueCommand).callsFake(() => ({ SecretString: manager.value }));
    onTestFinished(() => mock.restore());
    return manager;
  }

  it('is read again once the provider refuses it, and the request succeeds with the new value', async () => {
    const manager = secretsManager();
    // In the environment too, so that the log is searched for them.
    const { gateway, first } = await stage({ entry: inSecrets, env: { previous, rotated } });
    await whole(gateway.chat({ model: 'm' }));
    expect(manager.reads()).toBe(1);
    manager.value = rotated;
    first.script((request) => request.headers['authorization'] === `Bearer ${previous}`, [refused]);
    const { status, headers, text } = await whole(gateway.chat({ model: 'm' }));
    expect([status, text]).toEqual([200, firstText]);
    expect(headers.get('x-fairlead-attempts')).toBe('2');
    expect(keysSent(first)).toEqual([previous, previous, rotated].map((value) => `Bearer ${value}`));
    await whole(gateway.chat({ model: 'm' }));
    expect(keysSent(first).at(-1)).toBe(`Bearer ${rotated}`);
    expect(manager.reads()).toBe(2);
  });

  it('is read once for requests that meet the refusal side by side', async () => {
    const manager = secretsManager();
    const { gateway, first } = await stage({ entry: inSecrets });
    await whole(gateway.chat({ model: 'm' }));
    manager.value = rotated;
    first.script(
      (request) => request.headers['authorization'] === `Bearer ${previous}`,
      Array.from({ length: 8 }, () => refused),
    );
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => whole(gateway.chat({ model: 'first/m' }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(manager.reads()).toBe(2);
  });

  it('only at the provider: the value that is stored is tried no second time', async () => {
    const manager = secretsManager();
    const { gateway, first, second } = await stage({ entry: inSecrets, steps: [refused] });
    expect((await whole(gateway.chat({ model: 'm' }))).text).toBe(secondText);
    expect([times(first), times(second)]).toEqual([[0], [0]]);
    expect(manager.reads()).toBe(2);
  });
});
