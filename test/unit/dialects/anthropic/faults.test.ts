import { describe, expect, it } from 'vitest';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';

const read = (status: number, body: string, headers: Record<string, string> = {}) =>
  anthropic.readFault(status, headers, new TextEncoder().encode(body));

describe('readFault', () => {
  it("gives the provider's type, reason and wait", () => {
    const body =
      '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."},"request_id":"req_01"}';
    expect(read(429, body, { 'retry-after': '12' })).toEqual({
      status: 429,
      type: 'rate_limit_error',
      message: 'Slow down.',
      retryAfterMs: 12_000,
    });
  });

  it('reads a code in the details, and the plainer errors of proxies', () => {
    expect(
      read(
        429,
        '{"error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}',
      ),
    ).toMatchObject({ code: 'enforced_spend_limit_reached' });
    expect(read(403, '{"error":"forbidden"}').message).toBe('forbidden');
    expect(read(403, '{"message":"forbidden"}').message).toBe('forbidden');
  });

  it.each(['', '<html>gw-7.internal down</html>', '{"error":{}}', 'null', '{"error":{"message":" "}}'])(
    'gives a plain message for %j',
    (body) => {
      expect(read(503, body)).toEqual({
        status: 503,
        message: 'The provider answered with status 503 and gave no reason.',
      });
    },
  );

  it('cuts long reasons', () => {
    expect(read(400, JSON.stringify({ error: { message: 'x'.repeat(5000) } })).message).toHaveLength(1000);
  });
});
