import { Agent, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { question, startGateway, startProvider, virtualKey, WatchedClock } from '../support/gateway.ts';
import { seeded } from '../support/random.ts';
import { type ScriptedProvider, startScriptedProvider } from '../support/scripted.ts';

/** Two providers weighted 80 to 20. */

interface Tally {
  /** Answers by the provider that gave them. */
  readonly answered: Readonly<Record<string, number>>;
  /** Statuses other than 200. */
  readonly failed: readonly number[];
}

/** Posts to the gateway over few connections, many at a time; `fetch` would take most of the time itself. */
function postAll(baseUrl: string, count: number, bodyOf: (index: number) => object): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  onTestFinished(() => agent.destroy());
  const answered: Record<string, number> = {};
  const failed: number[] = [];
  const post = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        `${baseUrl}/v1/chat/completions`,
        { method: 'POST', agent, headers: { authorization: `Bearer ${virtualKey}` } },
        (response) => {
          const provider = String(response.headers['x-fairlead-provider']);
          if (response.statusCode === 200) answered[provider] = (answered[provider] ?? 0) + 1;
          else failed.push(response.statusCode ?? 0);
          response.resume().on('end', resolve).on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ model: 'm', messages: question, ...bodyOf(index) }));
    });
  return Promise.all(Array.from({ length: count }, (_, index) => post(index))).then(() => ({
    answered,
    failed,
  }));
}

const small = { text: 'ok' };
const grants = [
  { provider: 'heavy', weight: 0.8, models: ['*'], keys: ['*'] },
  { provider: 'light', weight: 0.2, models: ['*'], keys: ['*'] },
];
const entry = (provider: ScriptedProvider) => ({
  type: 'openai-compatible',
  baseUrl: `${provider.baseUrl}/v1`,
});

describe('weights of 80 and 20', () => {
  it('are kept within two points over 10,000 requests', { timeout: 60_000 }, async () => {
    const requests = 10_000;
    const [heavy, light] = await Promise.all([
      startProvider({ behaviours: { '*': small } }),
      startProvider({ behaviours: { '*': small } }),
    ]);
    const gateway = await startGateway({
      providers: { heavy: entry(heavy), light: entry(light) },
      document: { decisionRecords: 'none' },
      grants,
      random: seeded(2026),
    });
    const { answered, failed } = await postAll(gateway.baseUrl, requests, () => ({}));
    expect(failed).toEqual([]);
    expect(answered).toEqual({ heavy: heavy.requests.length, light: light.requests.length });
    expect(Math.abs(heavy.requests.length / requests - 0.8)).toBeLessThan(0.02);
  });

  /** Back-off takes place on a clock that runs on while requests do, so the retries are those of every day. */
  async function whileDown(heavy: ScriptedProvider, count: number): Promise<Tally> {
    const clock = new WatchedClock();
    const light = await startProvider({ behaviours: { '*': small } });
    const gateway = await startGateway({
      providers: { heavy: entry(heavy), light: entry(light) },
      document: { decisionRecords: 'none' },
      grants,
      clock,
      random: seeded(2026),
    });
    let over = false;
    const all = postAll(gateway.baseUrl, count, () => ({})).finally(() => (over = true));
    while (!over) await clock.advance(50);
    return all;
  }

  it('all are answered while the first provider refuses connections', async () => {
    const heavy = await startScriptedProvider();
    await heavy.close();
    expect(await whileDown(heavy, 3_000)).toEqual({ answered: { light: 3_000 }, failed: [] });
  });

  it('all are answered while the first provider answers 503, which soon is hardly asked any more', async () => {
    const heavy = await startProvider({ behaviours: { '*': { status: 503 } } });
    expect(await whileDown(heavy, 2_000)).toEqual({ answered: { light: 2_000 }, failed: [] });
    // Without its circuit it would be asked 4,800 times: three tries for each of four requests in five.
    expect(heavy.requests.length).toBeLessThan(500);
  });
});

describe('a session', () => {
  it('stays with its provider; sessions spread by weight', async () => {
    const [heavy, light] = await Promise.all([startProvider(), startProvider()]);
    const gateway = await startGateway({
      providers: { heavy: entry(heavy), light: entry(light) },
      document: { decisionRecords: 'none' },
      grants,
      random: seeded(7),
    });
    const sessions = 200;
    const sessionOf = (index: number) => ({ prompt_cache_key: `session-${index % sessions}` });
    await postAll(gateway.baseUrl, sessions * 5, sessionOf);
    const served = [heavy, light].map(
      (provider) => new Set(provider.requests.map(({ body }) => String(body['prompt_cache_key']))),
    );
    const [atHeavy = new Set(), atLight = new Set()] = served;
    expect(atHeavy.size + atLight.size).toBe(sessions);
    expect(new Set([...atHeavy, ...atLight]).size).toBe(sessions);
    expect(Math.abs(atHeavy.size / sessions - 0.8)).toBeLessThan(0.08);
  });

  it('may be named by a header, which is not sent on', async () => {
    const [heavy, light] = await Promise.all([startProvider(), startProvider()]);
    const gateway = await startGateway({
      providers: { heavy: entry(heavy), light: entry(light) },
      document: { decisionRecords: 'none' },
      grants,
      random: seeded(7),
    });
    const providers = new Set<string | null>();
    for (let i = 0; i < 20; i += 1) {
      const response = await gateway.chat({ model: 'm' }, { 'x-fairlead-session': 'one' });
      providers.add(response.headers.get('x-fairlead-provider'));
      await response.body?.cancel();
    }
    expect(providers.size).toBe(1);
  });
});
