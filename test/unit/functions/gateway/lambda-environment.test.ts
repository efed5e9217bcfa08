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
        /^environment variable FAIRLEAD_ZONE_ENDPOINTS must be name=https:\/\/host pairs/,
      );
    },
  );

  it('reaches DynamoDB of another region where the deployment says, and marks regions it cannot reach', async () => {
    const { dynamo, dynamoOf, sites } = lambdaEnvironment({
      ...variables,
      FAIRLEAD_REPLICA_ENDPOINTS: 'us-east-1=https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com',
      FAIRLEAD_UNREACHABLE_REGIONS: 'ap-northeast-1',
    });
    const there = dynamoOf('us-east-1');
    expect((await there.config.endpoint?.())?.hostname).toBe('vpce-1.dynamodb.us-east-1.vpce.amazonaws.com');
    expect(await there.config.region()).toBe('us-east-1');
    expect(dynamoOf('us-east-1')).toBe(there);
    expect(dynamoOf('eu-central-1')).toBe(dynamo);
    expect(dynamo.config.endpoint).toBeUndefined();
    expect(sites.filter(({ unreachable }) => unreachable).map(({ site }) => site)).toEqual([
      'ap-northeast-1',
    ]);
  });

  it('names the variable whose endpoints are none', () => {
    const wrong = { ...variables, FAIRLEAD_REPLICA_ENDPOINTS: 'us-east-1=http://10.0.0.1' };
    expect(() => lambdaEnvironment(wrong)).toThrow(
      'environment variable FAIRLEAD_REPLICA_ENDPOINTS must be name=https://host pairs, not "us-east-1=http://10.0.0.1"',
    );
  });

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

  it.each([
    ['plainly', {}, { event: 'internal_error' }],
    ['with its metrics in a deployment', { FAIRLEAD_DEPLOYMENT: 'prod' }, { Deployment: 'prod', Defects: 1 }],
  ])('logs one line of JSON, %s', (_name, more, written) => {
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    lambdaEnvironment({ ...variables, ...more }).log({ event: 'internal_error' });
    const lines = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining(written)]);
    expect('_aws' in JSON.parse(lines[0] ?? '')).toBe('FAIRLEAD_DEPLOYMENT' in more);
  });

  it.each([
    ['xray', '127.0.0.1:2000', true],
    ['xray', undefined, false],
    ['', '127.0.0.1:2000', false],
    [undefined, '127.0.0.1:2000', false],
  ])('traces where FAIRLEAD_TRACING is "%s" and the daemon is at %s: %s', async (tracing, daemon, traces) => {
    const { tracer } = lambdaEnvironment({
      ...variables,
      FAIRLEAD_TRACING: tracing,
      AWS_XRAY_DAEMON_ADDRESS: daemon,
    });
    expect(typeof (await tracer?.())).toBe(traces ? 'function' : 'undefined');
  });
});
