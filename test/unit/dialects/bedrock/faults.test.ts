import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { readFault } from '../../../../lib/dialects/bedrock/faults.ts';

const read = (status: number, body: string, headers: Record<string, string> = {}) =>
  readFault(status, headers, Buffer.from(body));

describe('readFault', () => {
  it('takes the type from the header and the time from Retry-After', () => {
    expect(
      read(429, '{"message":"Too many requests"}', {
        'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/',
        'retry-after': '2',
      }),
    ).toEqual({ status: 429, type: 'ThrottlingException', message: 'Too many requests', retryAfterMs: 2000 });
  });

  it('takes the type from the body', () => {
    expect(read(400, '{"__type":"com.amazon.coral.validate#ValidationException","Message":"no"}')).toEqual({
      status: 400,
      type: 'ValidationException',
      message: 'no',
    });
  });

  it('has a plain message for pages, empty bodies and nonsense', () => {
    expect(
      read(502, '<html><h1>Bad Gateway at ip-10-0-0-1.internal</h1></html>', { 'content-type': 'text/html' }),
    ).toEqual({
      status: 502,
      message: 'Bedrock answered 502 with a page instead of JSON',
    });
    expect(read(503, '')).toEqual({ status: 503, message: 'Bedrock answered 503 and gave no reason' });
    expect(read(500, '[1,2]')).toEqual({ status: 500, message: 'Bedrock answered 500 and gave no reason' });
    expect(read(500, 'upstream connect error')).toEqual({ status: 500, message: 'upstream connect error' });
  });

  it('tells neither account nor role nor what was signed', () => {
    const denied =
      'User: arn:aws:sts::123456789012:assumed-role/Gateway/fn is not authorized to perform: bedrock:InvokeModel ' +
      'on resource: arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-6-v1';
    expect(read(403, JSON.stringify({ message: denied })).message).toBe(
      'User: the gateway is not authorized to perform: bedrock:InvokeModel on resource: eu.anthropic.claude-opus-4-6-v1',
    );
    const mismatch =
      "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:SECRET'";
    expect(read(403, JSON.stringify({ message: mismatch })).message).toBe(
      'The request signature we calculated does not match.',
    );
  });

  it('cuts long reasons', () => {
    expect(read(400, JSON.stringify({ message: 'x'.repeat(5000) })).message).toHaveLength(1000);
  });

  it('never throws and is never silent', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readFault(500, {}, bytes).message).not.toBe('');
      }),
    );
  });
});
