import { describe, expect, it } from 'vitest';
import { question, startGateway, startProvider, until, virtualKey } from '../support/gateway.ts';
import { startDeployed } from './deployed.ts';
import { kinds, whole } from './scene.ts';

/** Where a request may be processed: refused at the border, and again for every target. */

const inZones = (origin: string, ...zones: readonly string[]) => ({
  ...kinds['openai-compatible'].entry(origin),
  zones,
});

describe('a virtual key bound to a zone', () => {
  const post = (baseUrl: string, body: string): Promise<Response> =>
    fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${virtualKey}` },
      body,
    });

  it('is refused in a region outside, unparsed and unlogged, and sent to the endpoint inside', async () => {
    const provider = await startProvider();
    const { baseUrl, events } = await startDeployed({
      region: 'us-east-1',
      zoneEndpoints: new Map([['eu', 'https://eu.gateway.example']]),
      document: {
        providers: { house: inZones(provider.baseUrl, 'eu') },
        virtualKeys: [
          { id: 'tester', key: virtualKey, zones: ['eu'], providers: [{ provider: 'house', models: ['*'] }] },
        ],
      },
    });
    for (const body of ['{"heron', JSON.stringify({ model: 'house/m', messages: question })]) {
      const { status, headers, error } = await whole(post(baseUrl, body));
      expect(status).toBe(421);
      expect(headers.get('x-should-retry')).toBe('false');
      expect(error).toEqual({
        message:
          'virtual key "tester" is bound to "eu", and region us-east-1 lies outside: use https://eu.gateway.example',
        type: 'invalid_request_error',
        code: 'residency_violation',
        param: null,
      });
    }
    expect(provider.requests).toEqual([]);
    // `fetch` itself sends what was answered 421 a second time (Fetch Standard, "HTTP-network-or-cache fetch").
    await until(() => events.filter((event) => event === 'invocation ends').length >= 2);
    expect(events).not.toContain('request');
  });

  it('is refused without an endpoint where the deployment has none inside', async () => {
    const provider = await startProvider();
    const gateway = await startGateway({
      providers: { house: inZones(provider.baseUrl, 'us') },
      key: { zones: ['us'] },
    });
    const { status, error } = await whole(gateway.chat('{"heron'));
    expect([status, error['message']]).toEqual([
      421,
      'virtual key "tester" is bound to "us", and region eu-central-1 lies outside',
    ]);
  });

  it('is served inside it, by providers that stay there, and the answer says so', async () => {
    const [inside, across] = await Promise.all([startProvider(), startProvider()]);
    const gateway = await startGateway({
      providers: { across: inZones(across.baseUrl, 'eu', 'us'), inside: inZones(inside.baseUrl, 'eu') },
      key: { zones: ['eu'] },
    });
    const { status, headers } = await whole(gateway.chat({ model: 'm' }));
    expect([status, headers.get('x-fairlead-provider'), headers.get('x-fairlead-zone')]).toEqual([
      200,
      'inside',
      'eu',
    ]);
    for (const route of [{ model: 'across/m' }, { model: 'across/m', fallbacks: ['across/n'] }]) {
      const refused = await whole(gateway.chat(route));
      expect([refused.status, refused.error['code']]).toEqual([403, 'provider_not_allowed']);
      expect(refused.error['message']).toContain('outside the zones "eu"');
    }
    expect(across.requests).toEqual([]);
  });
});
