import { describe, expect, it } from 'vitest';
import { asObject, parseJson } from '../../../lib/domain/json.ts';
import { readDryRun } from '../../../lib/pipeline/dry-run.ts';
import { serve, type GatewayRequest } from '../../../lib/pipeline.ts';
import { scene, until, virtualKey, whole } from './scene.ts';

const request = (body: object | string, query: Readonly<Record<string, string>> = {}): GatewayRequest => ({
  requestId: 'r-1',
  method: 'POST',
  path: '/v1/route',
  headers: { authorization: `Bearer ${virtualKey}` },
  query,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  remainingMs: 900_000,
});

describe('what a request to be decided is for', () => {
  const messages = [{ role: 'user', content: 'x' }];
  it.each([
    [{ model: 'm', messages }, {}, 'chat'],
    [{ model: 'm', input: 'x' }, {}, 'responses'],
    [{ model: 'm', input: [{ role: 'user', content: 'x' }] }, {}, 'responses'],
    [{ model: 'm', input: ['x', 'y'] }, {}, 'embeddings'],
    [{ model: 'm', input: 'x', dimensions: 8 }, {}, 'embeddings'],
    [{ model: 'm', input: 'x', encoding_format: 'float' }, {}, 'embeddings'],
    [{ model: 'm', input: 'x' }, { operation: 'embeddings' }, 'embeddings'],
  ])('%j %j is %s', (body, query, operation) => {
    expect(readDryRun(request(body, query)).operation).toBe(operation);
  });

  it('is refused where nobody knows it', () => {
    expect(() => readDryRun(request({ model: 'm', messages }, { operation: 'poems' }))).toThrow(
      expect.objectContaining({
        status: 400,
        message: 'operation must be one of chat, responses, embeddings, but is "poems"',
      }),
    );
    expect(() => readDryRun(request('{"model":'))).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('a dry run', () => {
  const messages = [{ role: 'user', content: 'x' }];
  const told = async (gateway: Parameters<typeof serve>[0], body: object) => {
    const response = await serve(gateway, request(body));
    await response.settled;
    return { status: response.status, decision: asObject(parseJson(String(response.body))) };
  };

  it('tells who would be refused by a limit, and asks nobody', async () => {
    const { gateway, chat, asked, clock } = await scene({
      first: [whole()],
      key: { rateLimits: [{ requests: 1, every: '1h' }] },
    });
    const before = await told(gateway, { model: 'first/priced', messages });
    expect(before).toMatchObject({
      status: 200,
      decision: { order: ['first/priced'], reason: 'pinned by the caller' },
    });
    expect(before.decision).not.toHaveProperty('error');
    const answering = chat();
    await until(() => asked().length === 1);
    await clock.advance(1);
    await (
      await answering
    ).settled;
    const after = await told(gateway, { model: 'first/priced', messages });
    expect(after.decision['error']).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(asked()).toEqual(['first']);
  });

  it('tells why there is no target', async () => {
    const { gateway } = await scene({
      key: { zones: ['eu'] },
      settings: { zones: ['eu'], operations: ['embeddings'] },
    });
    expect(await told(gateway, { model: 'm', messages })).toMatchObject({
      status: 200,
      decision: {
        order: [],
        candidates: [{ reason: 'operation_not_served' }, { reason: 'operation_not_served' }],
        error: { status: 404, code: 'model_not_found' },
      },
    });
  });

  it('needs a key, and POST', async () => {
    const { gateway } = await scene();
    const nobody = await serve(gateway, { ...request({ model: 'm', messages }), headers: {} });
    expect(nobody.status).toBe(401);
    const got = await serve(gateway, { ...request(''), method: 'GET' });
    expect(got.status).toBe(405);
    await Promise.all([nobody.settled, got.settled]);
  });
});
