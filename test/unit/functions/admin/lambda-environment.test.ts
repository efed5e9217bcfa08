import { describe, expect, it } from 'vitest';
import { lambdaEnvironment } from '../../../../functions/admin/lambda-environment.ts';
import { parseDocument } from '../../../../lib/policy/document.ts';

const variables = {
  AWS_REGION: 'eu-central-1',
  FAIRLEAD_GOVERNANCE_TABLE: 'governance',
  FAIRLEAD_QUOTAS_TABLE: 'quotas',
  FAIRLEAD_HEALTH_TABLE: 'health',
  FAIRLEAD_DECISIONS_TABLE: 'decisions',
  FAIRLEAD_HOME_REGION: 'us-east-1',
  FAIRLEAD_SITES: 'us-east-1=0.5,eu-central-1=0.5,eu-west-1=left',
  FAIRLEAD_SITE: 'eu-central-1',
  FAIRLEAD_SECRET_PREFIX: 'fairlead/',
  FAIRLEAD_SETTLEMENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/111111111111/settlements.fifo',
  FAIRLEAD_DEAD_SETTLEMENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/111111111111/dead.fifo',
};

describe('the environment of the admin function', () => {
  it('writes governance at home and reads everything else here', async () => {
    const { region, dynamo, homeDynamo, sites, tableNames } = lambdaEnvironment(variables);
    expect([await dynamo.config.region(), await homeDynamo.config.region()]).toEqual([region, 'us-east-1']);
    expect(sites.map(({ site }) => site)).toEqual(['us-east-1', 'eu-central-1', 'eu-west-1']);
    expect(tableNames.decisions).toBe('decisions');
  });

  it('reaches the home region over its private endpoint, where there is one', async () => {
    const { dynamo, homeDynamo } = lambdaEnvironment({
      ...variables,
      FAIRLEAD_REPLICA_ENDPOINTS:
        'eu-west-1=https://vpce-2.example,us-east-1=https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com',
    });
    const endpoint = await homeDynamo.config.endpoint?.();
    expect(endpoint?.hostname).toBe('vpce-1.dynamodb.us-east-1.vpce.amazonaws.com');
    expect(await homeDynamo.config.region()).toBe('us-east-1');
    expect(dynamo.config.endpoint).toBeUndefined();
  });

  it.each([
    ['airgapped', { baseUrl: 'https://api.groq.com/openai/v1' }, false],
    ['airgapped', { baseUrl: 'https://vllm.corp.example.com/v1' }, true],
    ['airgapped', { baseUrl: 'https://vllm.internal/v1' }, true],
    ['airgapped', { type: 'bedrock', region: 'us-east-1' }, true],
    ['airgapped', { type: 'bedrock', region: 'eu-west-1' }, false],
    ['vpc', { baseUrl: 'https://api.groq.com/openai/v1' }, true],
    ['public', { baseUrl: 'https://api.groq.com/openai/v1' }, true],
    ['', { baseUrl: 'https://api.groq.com/openai/v1' }, true],
  ])('in network mode "%s" a provider %j may be in a document: %s', (mode, provider, accepted) => {
    const { rules } = lambdaEnvironment({
      ...variables,
      FAIRLEAD_NETWORK_MODE: mode,
      FAIRLEAD_IN_HOUSE_DOMAINS: 'corp.example.com,lab.example.com',
    });
    const document = { providers: { a: { type: 'openai-compatible', ...provider } } };
    expect(parseDocument(document, rules).ok).toBe(accepted);
  });

  it('has one client where home is here', () => {
    const { dynamo, homeDynamo } = lambdaEnvironment({ ...variables, FAIRLEAD_HOME_REGION: 'eu-central-1' });
    expect(homeDynamo).toBe(dynamo);
  });

  it('makes keys of random bytes', () => {
    const { randomBytes } = lambdaEnvironment(variables);
    expect(randomBytes(32)).toHaveLength(32);
    expect(randomBytes(32)).not.toEqual(randomBytes(32));
  });

  it.each([
    [{ providers: { a: { type: 'openai', keys: [{ id: 'k', env: 'X' }] } } }],
    [{ providers: { a: { type: 'openai', keys: [{ id: 'k', secret: 'elsewhere/x' }] } } }],
    [{ providers: { a: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1/v1' } } }],
    [{ providers: {}, virtualKeys: [{ id: 'a', key: 'fl-in-clear', providers: [] }] }],
  ])('takes documents of a deployment only: not %j', (document) => {
    expect(parseDocument(document, lambdaEnvironment(variables).rules).ok).toBe(false);
  });

  it.each([
    ['openai/gpt-5', []],
    [
      'openai/gpt-99',
      [expect.stringContaining('no catalog entry says that provider "openai" serves "gpt-99"')],
    ],
    ['groq/not-a-model', [expect.stringContaining('no catalog entry says that provider "groq" serves')]],
    ['in-house/any-model', []],
  ])('asks the catalog about what rules name: %s', (fallback, expected) => {
    const document = {
      providers: {
        openai: { type: 'openai' },
        groq: { type: 'openai-compatible', baseUrl: 'https://api.groq.com/openai/v1' },
        'in-house': { type: 'openai-compatible', baseUrl: 'https://vllm.internal/v1' },
      },
      rules: [{ id: 'r', when: 'stream', fallbacks: [fallback] }],
    };
    const parsed = parseDocument(document, lambdaEnvironment(variables).rules);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.warnings.filter((warning) => warning.startsWith('rules'))).toEqual(expected);
  });

  it.each(Object.keys(variables))('names %s where it is missing', (name) => {
    expect(() => lambdaEnvironment({ ...variables, [name]: '' })).toThrow(name);
  });
});
