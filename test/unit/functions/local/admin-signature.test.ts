import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { type ReceivedRequest, signerOf } from '../../../../functions/local/admin-signature.ts';
import { AdminError } from '../../../../lib/admin/errors.ts';
import { Sha256 } from '../../../../lib/domain/sha256.ts';
import { signAwsRequest } from '../../../../lib/transport/aws-signature.ts';

const nowMs = Date.parse('2026-11-24T10:00:00Z');
const secretAccessKey = 'the secret of this run';
const keys = new Map([['local-owner', secretAccessKey]]);
const rules = { region: 'eu-central-1', keys, nowMs };

interface Signing {
  readonly method?: string;
  readonly url?: string;
  readonly body?: string;
  readonly region?: string;
  readonly service?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly atMs?: number;
}

/** A request as its signer sends it. */
async function signed(how: Signing = {}): Promise<ReceivedRequest> {
  const { method = 'POST', url = '/admin/v1/keys', body = '{"id":"app"}' } = how;
  const headers = await signAwsRequest(
    { method, url: `http://127.0.0.1:8787${url}`, headers: { 'content-type': 'application/json' }, body },
    {
      service: how.service ?? 'execute-api',
      region: how.region ?? 'eu-central-1',
      credentials: {
        accessKeyId: how.accessKeyId ?? 'local-owner',
        secretAccessKey: how.secretAccessKey ?? secretAccessKey,
      },
      nowMs: how.atMs ?? nowMs,
    },
  );
  return { method, url, headers, body: Buffer.from(body) };
}

const verdict = async (request: ReceivedRequest, more: Partial<typeof rules> = {}): Promise<string> => {
  try {
    return await signerOf(request, { ...rules, ...more });
  } catch (error) {
    if (error instanceof AdminError) return error.code;
    throw error;
  }
};
const withHeader = async (name: string, value: string | undefined): Promise<ReceivedRequest> => {
  const request = await signed();
  return { ...request, headers: { ...request.headers, [name]: value } };
};

describe('a signature', () => {
  it.each<Signing>([
    {},
    { method: 'GET', url: '/admin/v1/usage?owner=team%2Fresearch&from=2026-11-01', body: '' },
    { method: 'GET', url: '/admin/v1/keys?limit=5&after=a%20b', body: '' },
    { url: '/admin/v1/keys/a%2Fb/rotate', body: '{"name":"Größe"}' },
    { atMs: nowMs - 5 * 60_000 },
    { atMs: nowMs + 5 * 60_000 },
  ])('of %j says who has made it', async (how) => {
    expect(await verdict(await signed(how))).toBe('local-owner');
  });

  it.each<Signing>([
    { secretAccessKey: 'another secret' },
    { accessKeyId: 'local-admin' },
    { region: 'us-east-1' },
    { service: 's3' },
    { atMs: nowMs - 5 * 60_000 - 1_000 },
    { atMs: nowMs + 5 * 60_000 + 1_000 },
  ])('of %j is none', async (how) => {
    expect(await verdict(await signed(how))).toBe('signature_mismatch');
  });

  it('holds for what was signed only', async () => {
    const request = await signed();
    const changed: Partial<ReceivedRequest>[] = [
      { method: 'PUT' },
      { url: '/admin/v1/document' },
      { url: '/admin/v1/keys?limit=1' },
      { body: Buffer.from('{"id":"app","team":"x"}') },
      { body: Buffer.alloc(0) },
    ];
    for (const each of changed) expect(await verdict({ ...request, ...each })).toBe('signature_mismatch');
  });

  it.each([
    ['host', 'evil.example'],
    ['x-amz-date', '20261124T100001Z'],
    ['x-amz-date', '20261123T100000Z'],
    ['x-amz-date', undefined],
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['content-type', 'text/plain'],
    ['content-type', undefined],
  ])('does not hold with %s "%s"', async (name, value) => {
    expect(await verdict(await withHeader(name, value))).toBe('signature_mismatch');
  });

  it('covers the host', async () => {
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'eu-central-1',
      sha256: Sha256,
      credentials: { accessKeyId: 'local-owner', secretAccessKey },
    });
    const [method, url] = ['GET', '/admin/v1/keys'];
    const sign = async (unsignableHeaders: ReadonlySet<string>) =>
      signer.sign(
        { method, protocol: 'http:', hostname: 'local', path: url, query: {}, headers: { host: 'local' } },
        { signingDate: new Date(nowMs), unsignableHeaders: new Set(unsignableHeaders) },
      );
    const received = ({ headers }: { headers: Record<string, string> }) => ({
      method,
      url,
      headers,
      body: Buffer.alloc(0),
    });
    expect(await verdict(received(await sign(new Set())))).toBe('local-owner');
    expect(await verdict(received(await sign(new Set(['host']))))).toBe('signature_mismatch');
  });

  it.each([undefined, '', 'Bearer fl-demo', 'AWS4-HMAC-SHA256 Credential=local-owner', 'AWS4-HMAC-SHA256'])(
    'is missing where the header is "%s"',
    async (value) => {
      expect(await verdict(await withHeader('authorization', value))).toBe('missing_authentication');
    },
  );
});
