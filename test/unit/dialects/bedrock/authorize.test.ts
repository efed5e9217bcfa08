import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authorize } from '../../../../lib/dialects/bedrock/authorize.ts';
import { writeRequest } from '../../../../lib/dialects/bedrock/request.ts';
import { testTarget } from '../../../support/target.ts';
import { ask, models } from './ask.ts';

const target = testTarget(
  'bedrock',
  models.sonnet45,
  {},
  {
    baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
  },
);
const request = writeRequest(
  ask({ messages: [{ role: 'user', blocks: [{ type: 'text', text: 'wörld' }] }] }),
  target,
);
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const aws = {
  kind: 'aws',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
  sessionToken: 'tok',
} as const;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

describe('authorize', () => {
  it('signs with Signature Version 4, the path encoded twice', async () => {
    const signed = await authorize(request, aws, target, nowMs);
    const hash = sha256(String(request.body));
    const canonical = [
      'POST',
      '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse',
      '',
      'accept:application/json',
      'content-type:application/json',
      'host:bedrock-runtime.eu-central-1.amazonaws.com',
      `x-amz-content-sha256:${hash}`,
      'x-amz-date:20260102T030405Z',
      'x-amz-security-token:tok',
      '',
      'accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
      hash,
    ].join('\n');
    const scope = '20260102/eu-central-1/bedrock/aws4_request';
    const toSign = ['AWS4-HMAC-SHA256', '20260102T030405Z', scope, sha256(canonical)].join('\n');
    const dateKey = hmac('AWS4wJalrXUtnFEMI/K7MDENG', '20260102');
    const key = hmac(hmac(hmac(dateKey, 'eu-central-1'), 'bedrock'), 'aws4_request');
    expect(signed.headers['authorization']).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, ` +
        'SignedHeaders=accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, ' +
        `Signature=${hmac(key, toSign).toString('hex')}`,
    );
    expect(signed.headers['x-amz-security-token']).toBe('tok');
    expect(signed.url).toBe(request.url);
    expect(signed.body).toBe(request.body);
  });

  it('signs the port of a host of its own', async () => {
    const local = testTarget(
      'bedrock',
      models.novaLite,
      {},
      { baseUrl: 'http://127.0.0.1:4566', region: 'us-east-1' },
    );
    const signed = await authorize(writeRequest(ask(), local), aws, local, nowMs);
    expect(signed.headers['host']).toBe('127.0.0.1:4566');
  });

  it('sends an API key as bearer token', () => {
    expect(authorize(request, { kind: 'api_key', value: 'abc' }, target, nowMs)).toEqual({
      ...request,
      headers: { ...request.headers, authorization: 'Bearer abc' },
    });
  });

  it('leaves a request without credential as it is', () => {
    expect(authorize(request, { kind: 'none' }, target, nowMs)).toBe(request);
  });

  it('takes the region from the address where the provider names none, and insists on one', async () => {
    const named = testTarget(
      'bedrock',
      models.novaLite,
      {},
      {
        baseUrl: 'https://bedrock-runtime.ap-south-1.amazonaws.com',
      },
    );
    const signed = await authorize(writeRequest(ask(), named), aws, named, nowMs);
    expect(signed.headers['authorization']).toContain('/20260102/ap-south-1/bedrock/');
    const nowhere = testTarget(
      'bedrock',
      models.novaLite,
      {},
      { id: 'claude-eu', baseUrl: 'https://proxy.example' },
    );
    expect(() => authorize(request, aws, nowhere, nowMs)).toThrow('provider "claude-eu" needs a region');
  });
});
