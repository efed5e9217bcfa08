import { Sha256 } from '../../lib/domain/sha256.ts';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LocalRegions, startRegions } from '../../functions/local/local-regions.ts';
import { asArray, asObject, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import { question, startProvider } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { ScriptedProvider } from '../support/scripted.ts';

/** Administration over HTTP as a laptop runs it: two regions, signed calls, and a gateway that takes heed. */

const [home, other] = ['us-east-1', 'eu-central-1'] as const;
const secret = 'the secret of this run';
const oldKey = 'fl-before-0123456789';

const dailyLimit = { limitUsd: 0.2, every: '1d', calendar: true, enforcement: 'hard' };

const documentFor = ({ baseUrl }: ScriptedProvider, budgets: readonly object[] = [dailyLimit]) => ({
  providers: { house: { type: 'openai-compatible', baseUrl: `${baseUrl}/v1`, keys: [] } },
  models: { prices: { 'house/m': { inputPerMTok: 100, outputPerMTok: 100 } } },
  teams: [
    {
      id: 'research',
      budgets,
      providers: [{ provider: 'house', models: ['m'] }],
    },
  ],
  virtualKeys: [{ id: 'app', team: 'research', key: oldKey }],
});

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly error: JsonObject;
}

interface Call {
  readonly as?: 'viewer' | 'operator' | 'owner';
  readonly region?: string;
  readonly body?: object;
  /** Changes what is sent after it was signed. */
  readonly tamper?: (headers: Record<string, string>) => Record<string, string>;
  readonly secret?: string;
}

async function stage(budgets?: readonly object[]) {
  const clock = new ManualClock(Date.parse('2026-11-24T10:00:00Z'));
  const provider = await startProvider({
    behaviours: { '*': { usage: { inputTokens: 1_000, outputTokens: 100 } } },
  });
  const log: object[] = [];
  const regions = await startRegions({
    document: documentFor(provider, budgets),
    regions: [home, other],
    port: 0,
    adminSecret: secret,
    readEnv: () => undefined,
    log: (record) => void log.push(record),
    onFailure: (record) => {
      throw new Error(JSON.stringify(record));
    },
    clock,
  });
  onTestFinished(() => regions.close());
  const admin = (route: string, call: Call = {}) => send(regions, clock, route, call);
  const ask = async (key: string, region: string = home) => {
    const response = await fetch(`${baseUrlOf(regions, region)}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'house/m', max_tokens: 100, messages: question }),
    });
    await response.text();
    return response.status;
  };
  return {
    admin,
    ask,
    clock,
    log,
    provider,
    regions,
    /** Lets every gateway read its replica again before it serves. */
    forget: async () => {
      await regions.replication.drain();
      await clock.advance(31_000);
    },
  };
}

const baseUrlOf = ({ gateways }: LocalRegions, region: string): string =>
  gateways.find((gateway) => gateway.region === region)?.baseUrl ?? '';

async function send(regions: LocalRegions, clock: ManualClock, route: string, call: Call): Promise<Answer> {
  const { as = 'owner', region = home, body, tamper = (headers) => headers } = call;
  const [method = '', path = ''] = route.split(' ');
  const url = new URL(`${baseUrlOf(regions, region)}/admin/v1${path}`);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    sha256: Sha256,
    credentials: { accessKeyId: `local-${as}`, secretAccessKey: call.secret ?? secret },
  });
  const { headers } = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...(text !== undefined && { 'content-type': 'application/json' }) },
      ...(text !== undefined && { body: text }),
    },
    { signingDate: new Date(clock.nowMs()) },
  );
  const response = await fetch(url, {
    method,
    headers: tamper(headers),
    ...(text !== undefined && { body: text }),
  });
  const answer = asObject(parseJson(await response.text()));
  return { status: response.status, body: answer, error: asObject(answer['error']) };
}

/** Asks again until the answer is the one: a request is settled and written down after its last byte. */
async function eventually(
  ask: () => Promise<Answer>,
  isThere: (body: JsonObject) => boolean,
): Promise<Answer> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    const answer = await ask();
    if (isThere(answer.body)) return answer;
  }
  throw new Error('asked in vain');
}

const refusal = ({ status, error }: Answer): readonly unknown[] => [status, error['code']];

describe('who may call', () => {
  it('is who has signed: unsigned, wrongly signed and old calls are refused', async () => {
    const { admin, regions, clock } = await stage();
    const unsigned = await fetch(`${baseUrlOf(regions, home)}/admin/v1/document`);
    expect([unsigned.status, asObject(asObject(await unsigned.json())['error'])['code']]).toEqual([
      403,
      'missing_authentication',
    ]);
    expect(refusal(await admin('GET /document', { secret: 'guessed' }))).toEqual([403, 'signature_mismatch']);
    const late = admin('GET /document', {
      tamper: ({ 'x-amz-date': _date, ...headers }) => ({ ...headers, 'x-amz-date': '20261124T090000Z' }),
    });
    expect(refusal(await late)).toEqual([403, 'signature_mismatch']);
    const withKey = admin('GET /document', { tamper: () => ({ authorization: `Bearer ${oldKey}` }) });
    expect(refusal(await withKey)).toEqual([403, 'missing_authentication']);
    expect((await admin('GET /document')).status).toBe(200);
    expect(clock.pending).toBe(0);
  });

  it('is whose role has the right', async () => {
    const { admin, provider } = await stage();
    const document = documentFor(provider);
    const body = { expectedVersion: 1, document };
    const tries: readonly [string, Call, number][] = [
      ['GET /document', { as: 'viewer' }, 200],
      ['POST /document/check', { as: 'viewer', body: { document } }, 200],
      ['POST /keys', { as: 'viewer', body: { id: 'new' } }, 403],
      ['DELETE /keys/app', { as: 'viewer' }, 403],
      ['PUT /document', { as: 'viewer', body }, 403],
      ['PUT /document', { as: 'operator', body }, 403],
      ['POST /keys', { as: 'operator', body: { id: 'new' } }, 201],
      ['PUT /document', { as: 'owner', body: { ...body, expectedVersion: 2 } }, 200],
    ];
    for (const [route, call, status] of tries) {
      const answer = await admin(route, call);
      expect([route, call.as, answer.status]).toEqual([route, call.as, status]);
      if (status === 403) expect(answer.error['code']).toBe('access_denied');
    }
    expect(refusal(await admin('GET /nothing', { as: 'viewer' }))).toEqual([404, 'not_found']);
  });

  it('is nobody where the runner has no secret', async () => {
    const provider = await startProvider();
    const regions = await startRegions({
      document: documentFor(provider),
      regions: [home],
      port: 0,
      readEnv: () => undefined,
      log: () => {},
      onFailure: () => {},
    });
    onTestFinished(() => regions.close());
    const response = await fetch(`${baseUrlOf(regions, home)}/admin/v1/document`);
    expect(response.status).not.toBe(200);
    await response.text();
  });
});

describe('the document', () => {
  it('is compared, stored as the version it was made of, and in force in every region', async () => {
    const { admin, ask, forget, provider } = await stage();
    const { version, document } = (await admin('GET /document')).body;
    expect(version).toBe(1);
    expect(JSON.stringify(document)).not.toContain(oldKey);
    const edited = { ...asObject(document), virtualKeys: [] };
    const check = await admin('POST /document/check', { body: { document: edited } });
    expect(check.body).toMatchObject({ version: 1, changes: [{ path: 'virtualKeys.app' }] });

    // From a region that is not home: it is written at home all the same.
    const stored = await admin('PUT /document', {
      region: other,
      body: { expectedVersion: 1, document: edited },
    });
    expect([stored.status, stored.body['version']]).toEqual([200, 2]);
    await forget();
    expect([await ask(oldKey), await ask(oldKey, other)]).toEqual([401, 401]);
    const late = await admin('PUT /document', {
      body: { expectedVersion: 1, document: documentFor(provider) },
    });
    expect(refusal(late)).toEqual([409, 'stale_version']);
    expect(late.error['message']).toMatch(/version 1\b.*version 2\b/);
  });

  it('may have keys in clear here, which nobody gets to see again', async () => {
    const { admin, log, provider } = await stage();
    const body = { expectedVersion: 1, document: documentFor(provider) };
    expect((await admin('PUT /document', { body })).body['changes']).toEqual([]);
    const seen = [(await admin('GET /document')).body, (await admin('GET /audit')).body, log];
    expect(JSON.stringify(seen)).not.toContain(oldKey);
  });

  it('with a key pasted twice is refused, and changes nothing', async () => {
    const { admin, ask, provider } = await stage();
    const document = documentFor(provider);
    const twice = { ...document, virtualKeys: [...document.virtualKeys, { id: 'copy', key: oldKey }] };
    const answer = await admin('PUT /document', { body: { expectedVersion: 1, document: twice } });
    expect(refusal(answer)).toEqual([400, 'invalid_document']);
    expect(asArray(answer.error['problems'])).toEqual([
      { path: 'virtualKeys[1].hash', message: 'is the same as in entry 0; it must be unique' },
    ]);
    expect(await ask(oldKey)).toBe(200);
  });
});

describe('a virtual key', () => {
  it('that is made works, and stops when it is disabled or deleted', async () => {
    const { admin, ask, forget } = await stage([]);
    const made = await admin('POST /keys', { as: 'operator', body: { id: 'new', team: 'research' } });
    expect(made.status).toBe(201);
    const key = String(made.body['key']);
    expect(key).toMatch(/^fl-[\w-]{43}$/);
    await forget();
    expect(await ask(key)).toBe(200);

    await admin('POST /keys/new/disable');
    await forget();
    expect(await ask(key)).toBe(401);
    await admin('POST /keys/new/enable');
    await forget();
    expect([await ask(key), await ask(key, other)]).toEqual([200, 200]);

    await admin('DELETE /keys/new');
    await forget();
    expect(await ask(key)).toBe(401);
    expect(refusal(await admin('DELETE /keys/new'))).toEqual([404, 'unknown_key']);
  });

  it('that is rotated works under both until the grace is over', async () => {
    const { admin, ask, clock, forget } = await stage([]);
    const rotated = await admin('POST /keys/app/rotate', { body: { graceS: 600 } });
    const key = String(rotated.body['key']);
    expect(rotated.body['previousUntil']).toBe('2026-11-24T10:10:00.000Z');
    await forget();
    expect([await ask(key), await ask(oldKey), await ask(oldKey, other)]).toEqual([200, 200, 200]);
    await clock.advance(600_000);
    expect([await ask(key), await ask(oldKey), await ask(oldKey, other)]).toEqual([200, 401, 401]);
  });
});

describe('a quota', () => {
  it('that is used up opens again by a reset or a top-up, in every region', async () => {
    const { admin, ask, clock, forget } = await stage();
    const statuses = async () => [await ask(oldKey), await ask(oldKey)];
    const used = (microUsd: number) =>
      eventually(
        () => admin('GET /usage?owner=team/research'),
        ({ quotas }) => asObject(asArray(quotas)[0])['used'] === microUsd,
      );
    expect(await statuses()).toEqual([200, 402]);
    expect((await used(110_000)).body['quotas']).toMatchObject([{ id: '1d-calendar', limit: 200_000 }]);
    await forget();

    const asked = { owner: 'team/research', quota: '1d-calendar', unit: 'microUsd' };
    const reset = await admin('POST /quotas/reset', { as: 'operator', region: other, body: asked });
    expect(reset.body).toMatchObject({ version: 2, limit: 310_000, used: 110_000 });
    await forget();
    expect(await statuses()).toEqual([200, 402]);
    await used(220_000);

    await admin('POST /quotas/top-up', { body: { ...asked, amountUsd: 0.1 } });
    await forget();
    expect(await statuses()).toEqual([200, 402]);
    expect(clock.pending).toBe(0);
  });

  it('shows what was consumed, by model', async () => {
    const { admin, ask, regions } = await stage();
    await ask(oldKey);
    const usage = 'GET /usage?owner=virtual_key/app';
    await eventually(
      () => admin(usage),
      ({ models }) => asArray(models).length > 0,
    );
    await regions.replication.drain();
    const { body } = await admin(usage, { as: 'viewer', region: other });
    expect(body).toMatchObject({
      models: [
        { provider: 'house', requests: 1, inputTokens: 1_000, outputTokens: 100, costMicroUsd: 110_000 },
      ],
    });
  });
});

describe('what was done', () => {
  it('stands in records with who did it, and nobody can change them', async () => {
    const { admin, log } = await stage();
    await admin('POST /keys/app/disable', { as: 'operator', region: other });
    const [record] = asArray((await admin('GET /audit', { as: 'viewer' })).body['records']).map(asObject);
    expect(record).toMatchObject({
      version: 2,
      action: 'key.disable',
      atMs: Date.parse('2026-11-24T10:00:00Z'),
      actor: { arn: 'arn:aws:iam::000000000000:user/local-operator', sourceIp: '127.0.0.1' },
      changes: [{ path: 'virtualKeys.app.enabled', after: false }],
    });
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      expect(refusal(await admin(`${method} /audit`, { body: {} }))).toEqual([405, 'method_not_allowed']);
    }
    expect(log).toContainEqual(
      expect.objectContaining({
        event: 'admin',
        action: 'key.disable',
        status: 200,
        version: 2,
        region: other,
      }),
    );
    expect(JSON.stringify(log)).not.toContain(secret);
  });

  it('is explained, request by request, where it was served', async () => {
    const { admin, regions } = await stage();
    const response = await fetch(`${baseUrlOf(regions, home)}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${oldKey}` },
      body: JSON.stringify({ model: 'house/m', max_tokens: 100, messages: question }),
    });
    await response.text();
    const id = response.headers.get('x-fairlead-request-id') ?? '';
    const { body } = await eventually(
      () => admin(`GET /decisions/${id}`),
      (record) => record['error'] === undefined,
    );
    expect(body).toMatchObject({ requestId: id, provider: 'house', virtualKeyId: 'app' });
    expect(JSON.stringify(body)).not.toMatch(/heron/i);
    expect(refusal(await admin(`GET /decisions/${id}`, { region: other }))).toEqual([404, 'unknown_request']);
  });
});
