import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { AdminError } from '../../../lib/admin/errors.ts';
import { adminErrorOf, refuse, respond } from '../../../lib/admin/respond.ts';
import { adminRoutes } from '../../../lib/admin/routes.ts';
import { LedgerUnavailable } from '../../../lib/domain/quota-ledger.ts';
import { StaleVersion, WriteInProgress } from '../../../lib/stores/governance-errors.ts';
import { actor, refusal, stage } from './scene.ts';

describe('a call', () => {
  it.each(adminRoutes.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/, 'app')}`))(
    '%s that nobody has signed is refused, and changes nothing',
    async (route) => {
      const { call, log } = await stage();
      expect(refusal(await call(route, {}, { actor: undefined }))).toEqual([403, 'missing_authentication']);
      expect(log.at(-1)).toMatchObject({ status: 403, error_code: 'missing_authentication' });
      expect((await call('GET /document')).body['version']).toBe(1);
    },
  );

  it('is logged in one line, without what was sent or answered', async () => {
    const { call, log, nextKey } = await stage();
    const key = nextKey();
    await call('POST /keys', { id: 'new', name: 'Secret project' });
    expect(log).toHaveLength(2);
    expect(log[1]).toEqual({
      event: 'admin',
      request_id: 'request-2',
      actor: actor.arn,
      source_ip: actor.sourceIp,
      action: 'key.create',
      version: 2,
      status: 201,
      duration_ms: 0,
    });
    expect(JSON.stringify(log)).not.toMatch(new RegExp(`Secret project|${key}`));
  });

  it('while a store is away is answered 503, and the log has its error', async () => {
    const client = new DynamoDBClient({ region: 'eu-central-1' });
    const fault = Object.assign(new Error('secret endpoint'), { name: 'TimeoutError', $metadata: {} });
    mockClient(client).rejects(fault);
    const { call, log } = await stage({ document: null, dynamo: client });
    const answer = await call('GET /usage?owner=team/research');
    expect([...refusal(answer), answer.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
    expect(refusal(await call('POST /keys/app/disable'))).toEqual([503, 'unavailable']);
    expect(log.at(-1)).toMatchObject({ status: 503, error: 'TimeoutError' });
    expect(JSON.stringify([log, answer])).not.toContain('secret endpoint');
  });
});

describe('an error', () => {
  it.each([
    [new StaleVersion(3, 5), 409, 'stale_version', {}],
    [new WriteInProgress(1_500), 409, 'write_in_progress', { 'retry-after': '2' }],
    [new WriteInProgress(0), 409, 'write_in_progress', { 'retry-after': '1' }],
    [new LedgerUnavailable('away'), 503, 'unavailable', { 'retry-after': '1' }],
    [new TypeError('a defect'), 500, 'internal_error', {}],
    ['text', 500, 'internal_error', {}],
  ])('%s is answered with its status', (thrown, status, code, headers) => {
    const error = adminErrorOf(thrown);
    expect([error.status, error.code, error.headers]).toEqual([status, code, headers]);
    expect(error.message).not.toContain('defect');
  });

  it('has the shape of all others', () => {
    const error = new AdminError('invalid_document', 'wrong', { problems: [{ path: 'a', message: 'b' }] });
    expect(refuse(error)).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({
        error: {
          message: 'wrong',
          type: 'invalid_request_error',
          code: 'invalid_document',
          problems: [{ path: 'a', message: 'b' }],
        },
      }),
    });
  });
});

describe('an answer', () => {
  it('is as long as a function may return, counted as it travels', () => {
    expect(respond({ body: { text: 'x'.repeat(6_200_000) } }).status).toBe(200);
    const quotes = { text: '"'.repeat(2_100_000) };
    expect(JSON.stringify(quotes).length).toBeLessThan(5_000_000);
    expect(() => respond({ body: quotes })).toThrow(/virtualKeys=omit/);
    expect(() => respond({ body: { text: 'x'.repeat(6_300_000) } })).toThrow(AdminError);
  });
});
