import { describe, expect, it } from 'vitest';
import { PromptBucket, type Exchange } from '../../../lib/transport/prompt-bucket.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTransport, type Script } from '../../support/memory-transport.ts';

const host = 'prompts-1.s3.eu-central-1.amazonaws.com';

const exchange: Exchange = {
  requestId: '3f2a-1',
  receivedMs: Date.UTC(2026, 0, 2, 23, 59, 59),
  path: '/v1/chat/completions',
  status: 200,
  request: '{"model":"m"}',
  response: '{}',
  truncated: false,
};

function bucketAnswering(script: Script) {
  const clock = new ManualClock(Date.UTC(2026, 0, 3));
  const transport = new MemoryTransport(clock, { [host]: [script] });
  const bucket = new PromptBucket({
    bucket: 'prompts-1',
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's', sessionToken: 't' }),
    transport,
    clock,
  });
  const stored = async (what: Exchange): Promise<void> => {
    const outcome = Promise.allSettled([bucket.store(what)]);
    await clock.advance(1);
    const [result] = await outcome;
    if (result.status === 'rejected') throw result.reason;
  };
  return { bucket, stored, transport, clock };
}

describe('the bucket of prompts', () => {
  it('takes an exchange as one signed object, named by the day and the request', async () => {
    const { stored, transport, clock } = bucketAnswering({ body: [{ end: true }] });
    await stored(exchange);
    const [sent] = transport.seen;
    expect(sent?.request.method).toBe('PUT');
    expect(sent?.request.url).toBe(`https://${host}/2026/01/02/3f2a-1.json`);
    expect(JSON.parse(String(sent?.request.body))).toEqual(exchange);
    expect(sent?.request.headers['authorization']).toContain('20260103/eu-central-1/s3/aws4_request');
    expect(sent?.request.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(sent?.request.headers['x-amz-security-token']).toBe('t');
    expect(clock.pending).toBe(0);
  });

  it('keeps whatever a request is called inside the folder of its day', async () => {
    const { stored, transport } = bucketAnswering({ body: [{ end: true }] });
    await stored({ ...exchange, requestId: '../../x?y' });
    expect(transport.seen[0]?.request.url).toBe(`https://${host}/2026/01/02/______x_y.json`);
  });

  it('says what the bucket answered, and nothing else', async () => {
    const denied = { status: 403, body: [{ send: '<Error>AKIDEXAMPLE</Error>' }, { end: true as const }] };
    const { stored } = bucketAnswering(denied);
    await expect(stored(exchange)).rejects.toThrow(/^the bucket of prompts answered 403$/);
  });

  it('is given up after five seconds', async () => {
    const { bucket, clock, transport } = bucketAnswering({ body: [{ stall: true }] });
    const stored = expect(bucket.store(exchange)).rejects.toThrow('it did not answer in time');
    await clock.advance(5_000);
    await stored;
    expect(transport.open).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
