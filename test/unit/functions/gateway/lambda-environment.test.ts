import { createServer } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lambdaEnvironment } from '../../../../functions/gateway/lambda-environment.ts';

const variables = {
  AWS_REGION: 'eu-central-1',
  FAIRLEAD_GOVERNANCE_TABLE: 'governance',
  FAIRLEAD_QUOTAS_TABLE: 'quotas',
  FAIRLEAD_HEALTH_TABLE: 'health',
  FAIRLEAD_DECISIONS_TABLE: 'decisions',
  FAIRLEAD_SITES: 'eu-central-1=0.5,us-east-1=0.5,ap-northeast-1=left',
  FAIRLEAD_SITE: 'eu-central-1',
  FAIRLEAD_SETTLEMENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/q.fifo',
  FAIRLEAD_ZONES: 'eu,de',
  FAIRLEAD_ZONE_ENDPOINTS: 'us=https://us.gateway.example,eu=https://eu.gateway.example?a=b',
};
const withoutOne = (name: string) => ({ ...variables, [name]: undefined });

describe('the environment of a deployed function', () => {
  it('is what the deployment set', () => {
    const environment = lambdaEnvironment(variables);
    expect(environment.region).toBe('eu-central-1');
    expect(environment.tableNames).toEqual({
      governance: 'governance',
      quotas: 'quotas',
      health: 'health',
      decisions: 'decisions',
    });
    expect(environment.site).toBe('eu-central-1');
    expect(environment.sites).toEqual([
      { site: 'eu-central-1', share: 0.5 },
      { site: 'us-east-1', share: 0.5 },
      { site: 'ap-northeast-1', share: 0, left: true },
    ]);
    expect(environment.zones).toEqual(['eu', 'de']);
    expect([...environment.zoneEndpoints]).toEqual([
      ['us', 'https://us.gateway.example'],
      ['eu', 'https://eu.gateway.example?a=b'],
    ]);
  });

  it.each([
    'AWS_REGION',
    'FAIRLEAD_GOVERNANCE_TABLE',
    'FAIRLEAD_QUOTAS_TABLE',
    'FAIRLEAD_HEALTH_TABLE',
    'FAIRLEAD_SITES',
    'FAIRLEAD_SITE',
    'FAIRLEAD_SETTLEMENT_QUEUE_URL',
    'FAIRLEAD_DECISIONS_TABLE',
  ])('names %s when it is missing or empty', (name) => {
    const message = `environment variable ${name} is not set`;
    expect(() => lambdaEnvironment(withoutOne(name))).toThrow(message);
    expect(() => lambdaEnvironment({ ...variables, [name]: '' })).toThrow(message);
  });

  it.each(['', undefined])('takes a region in no zone (%j)', (none) => {
    const environment = lambdaEnvironment({
      ...variables,
      FAIRLEAD_ZONES: none,
      FAIRLEAD_ZONE_ENDPOINTS: none,
    });
    expect(environment.zones).toEqual([]);
    expect(environment.zoneEndpoints.size).toBe(0);
  });

  it.each(['us', 'us=', '=https://us.gateway.example', 'us=https://a,eu'])(
    'refuses the endpoints "%s": callers would be sent nowhere',
    (endpoints) => {
      expect(() => lambdaEnvironment({ ...variables, FAIRLEAD_ZONE_ENDPOINTS: endpoints })).toThrow(
        /^environment variable FAIRLEAD_ZONE_ENDPOINTS must be zone=https:\/\/host pairs/,
      );
    },
  );

  it('reads provider keys from no variable', () => {
    expect(lambdaEnvironment(variables).readEnv).toBeUndefined();
  });

  it('makes one client of Secrets Manager, when it is first asked for', async () => {
    const { secrets } = lambdaEnvironment(variables);
    const client = await secrets?.();
    expect(client).toBeDefined();
    expect(await secrets?.()).toBe(client);
    expect(await client?.config.region()).toBe('eu-central-1');
  });

  it('gives up a call that a store never answers', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      silent.close();
    });
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const { dynamo, dynamoOf } = lambdaEnvironment(variables);
    const read = new GetItemCommand({ TableName: 'health', Key: { pk: { S: 'a' } } });
    for (const client of [dynamo, dynamoOf('us-east-1')]) {
      await expect(client.send(read, { requestTimeout: 5 })).rejects.toThrow('requestTimeout');
      client.destroy();
    }
  });

  it('logs one line of JSON', () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    lambdaEnvironment(variables).log({ event: 'request', text: 'a\nb' });
    expect(print.mock.calls).toEqual([['{"event":"request","text":"a\\nb"}']]);
    print.mockRestore();
  });
});
