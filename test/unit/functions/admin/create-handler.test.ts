import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAdministration } from '../../../../functions/admin/administration.ts';
import { createAdminHandler } from '../../../../functions/admin/create-handler.ts';
import { asObject, parseJson } from '../../../../lib/domain/json.ts';
import { deployedRules } from '../../../../lib/policy/document.ts';
import { startTestDatabase } from '../../../support/dynalite.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const userArn = 'arn:aws:sts::111122223333:assumed-role/Operator/ann';

async function stage() {
  const { client, tableNames, close } = await startTestDatabase();
  onTestFinished(close);
  const log: object[] = [];
  const handler = createAdminHandler(
    createAdministration({
      region: 'eu-central-1',
      clock: new ManualClock(Date.parse('2026-11-24T10:00:00Z')),
      dynamo: client,
      homeDynamo: client,
      tableNames,
      sites: [{ site: 'eu-central-1', share: 1 }],
      site: 'eu-central-1',
      settlements: () => Promise.reject(new Error('not asked for')),
      rules: deployedRules,
      randomBytes: (count) => Buffer.alloc(count, 7),
      log: (record) => void log.push(record),
    }),
  );
  return { handler, log };
}

/** What the handler reads of an event. */
const event = (
  given: object,
  identity: object = { userArn, sourceIp: '198.51.100.7' },
): APIGatewayProxyEvent => {
  const made = {
    httpMethod: 'GET',
    path: '/admin/v1/document',
    headers: {},
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', identity },
    ...given,
  };
  // The rest of an event is for others.
  return made as unknown as APIGatewayProxyEvent;
};

describe('the admin handler', () => {
  it('answers an event of the REST API', async () => {
    const { handler } = await stage();
    expect(await handler(event({ queryStringParameters: { virtualKeys: 'omit' } }))).toEqual({
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-request-id': 'request-1',
      },
      body: '{"version":0,"document":{}}',
    });
  });

  it('reads a body in base64 too', async () => {
    const { handler } = await stage();
    const body = Buffer.from('{"document":{"providers":{"Ö":1}}}').toString('base64');
    const { statusCode, body: answer } = await handler(
      event({ httpMethod: 'POST', path: '/admin/v1/document/check', body, isBase64Encoded: true }),
    );
    expect([statusCode, asObject(asObject(parseJson(answer))['error'])['code']]).toEqual([
      400,
      'invalid_document',
    ]);
    expect(answer).toContain('Ö');
  });

  it.each([
    ['no identity', {}],
    ['no user', { userArn: null, sourceIp: '198.51.100.7' }],
    ['an empty user', { userArn: '', sourceIp: '198.51.100.7' }],
  ])('lets nobody pass with %s, whatever headers say', async (_what, identity) => {
    const { handler } = await stage();
    const headers = { 'x-user-arn': userArn, authorization: 'AWS4-HMAC-SHA256 Credential=x' };
    const { statusCode, body } = await handler(event({ headers }, identity));
    expect([statusCode, asObject(asObject(parseJson(body))['error'])['code']]).toEqual([
      403,
      'missing_authentication',
    ]);
  });

  it('takes the actor from IAM, never from a header', async () => {
    const { handler, log } = await stage();
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-user-arn': 'arn:aws:iam::1:user/mallory' };
    await handler(event({ headers, multiValueHeaders: {} }));
    expect(log).toMatchObject([{ actor: userArn, source_ip: '198.51.100.7' }]);
  });
});
