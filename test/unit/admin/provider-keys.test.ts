import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import { KeyRestStore } from '../../../lib/stores/key-rest-store.ts';
import { refusal, stage, startMs, type SceneOptions } from './scene.ts';

const changed = new Date('2026-10-01T08:00:00Z');
const fault = (name: string): Error => Object.assign(new Error('no such luck'), { name });

async function secretOf(answer: object | Error, options: SceneOptions = {}) {
  const secrets = new SecretsManagerClient({ region: 'eu-central-1' });
  const mock = mockClient(secrets);
  if (answer instanceof Error) mock.on(DescribeSecretCommand).rejects(answer);
  else mock.on(DescribeSecretCommand).resolves(answer);
  const { call } = await stage({ secrets, ...options });
  const { status, body } = await call('GET /provider-keys');
  expect(status).toBe(200);
  // Nothing but descriptions is asked for: no value is read.
  expect(mock.calls().every(({ args: [command] }) => command instanceof DescribeSecretCommand)).toBe(true);
  return asObject(asArray(body['keys'])[0])['secret'];
}

describe('provider keys', () => {
  it.each([
    [
      'that is there',
      { LastChangedDate: changed, VersionIdsToStages: { v2: ['AWSCURRENT'], v1: ['AWSPREVIOUS'] } },
      { state: 'present', changedAt: changed.toISOString() },
    ],
    ['without a value', { CreatedDate: changed }, { state: 'absent', changedAt: changed.toISOString() }],
    [
      'about to be deleted',
      { DeletedDate: changed, VersionIdsToStages: { v1: ['AWSCURRENT'] } },
      { state: 'absent' },
    ],
    ['that is not there', fault('ResourceNotFoundException'), { state: 'absent' }],
    ['nobody here may see', fault('AccessDeniedException'), { state: 'unreadable' }],
    ['behind a store that is away', fault('TimeoutError'), { state: 'unreadable' }],
  ])('say of a secret %s what it is', async (_what, answer, expected) => {
    expect(await secretOf(answer)).toEqual(expected);
  });

  it('of a laptop may lie in its environment', async () => {
    const keys = [
      { id: 'set', env: 'SET' },
      { id: 'unset', env: 'UNSET' },
      { id: 'secret', secret: 'fairlead/x' },
    ];
    const { call } = await stage({
      document: { providers: { openai: { type: 'openai', keys } } },
      rules: { envSecrets: true, loopbackHttp: true },
      readEnv: (name) => (name === 'SET' ? 'sk-value' : undefined),
    });
    const { body } = await call('GET /provider-keys');
    const states = asArray(body['keys']).map((key) => asObject(asObject(key)['secret'])['state']);
    expect(states).toEqual(['environment', 'absent', 'unreadable']);
    expect(JSON.stringify(body)).not.toContain('sk-value');
  });

  it('tell which rest, until when, and how far their limits are used', async () => {
    const { call, clock, database } = await stage();
    const rests = new KeyRestStore({
      client: database.client,
      table: database.tableNames.health,
      clock,
      onProblem: (problem) => expect(problem).toBe(''),
    });
    rests.note({ provider: 'openai', key: 'a', untilMs: startMs + 60_000 });
    rests.note({ provider: 'openai', key: 'a', model: 'gpt-5', untilMs: startMs + 90_000 });
    await rests.settle();
    const reason = 'refused by the provider';
    const { body } = await call('GET /provider-keys');
    expect(body).toMatchObject({
      region: 'eu-central-1',
      keys: [
        {
          provider: 'openai',
          key: 'a',
          rests: [
            { model: '*', until: '2026-11-24T10:01:00.000Z', reason },
            { model: 'gpt-5', until: '2026-11-24T10:01:30.000Z', reason },
          ],
          quotas: [{ id: '1m', unit: 'tokens', limit: 5_000, used: 0, resetsAt: '2026-11-24T10:01:00.000Z' }],
        },
        { provider: 'openai', key: 'b', rests: [], quotas: [] },
      ],
    });
  });

  it('take no parameter', async () => {
    const { call } = await stage();
    expect(refusal(await call('GET /provider-keys?provider=openai'))).toEqual([400, 'invalid_request']);
  });
});
