import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import type { Environment } from '../../../../functions/gateway/environment.ts';
import { createGateway } from '../../../../functions/gateway/gateway.ts';
import type { Credential, ProviderKey } from '../../../../lib/domain/policy.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { testTarget } from '../../../support/target.ts';
import { testTableNames } from '../../../support/dynalite.ts';
import { oneSite } from '../../../support/one-site.ts';

const manager = mockClient(SecretsManagerClient);
afterEach(() => manager.reset());

const holds = (SecretString: string) => manager.on(GetSecretValueCommand).resolves({ SecretString });
const reads = () => manager.commandCalls(GetSecretValueCommand).length;
const apiKey = (value: string): Credential => ({ kind: 'api_key', value });

const key: ProviderKey = {
  id: 'a',
  secret: { kind: 'secret', name: 'fairlead/openai' },
  allowsModel: () => true,
  deniesModel: () => false,
  quotas: [],
};
const openai = testTarget('openai', 'gpt-5', { keys: [key] });

function made(more: Partial<Environment> = {}) {
  const clock = new ManualClock();
  const log: object[] = [];
  const dynamo = new DynamoDBClient({ region: 'eu-central-1' });
  const gateway = createGateway({
    region: 'eu-central-1',
    clock,
    random: () => 0.5,
    dynamo,
    ...oneSite('eu-central-1', dynamo),
    secrets: async () => new SecretsManagerClient({ region: 'eu-central-1' }),
    log: (line) => void log.push(line),
    tableNames: testTableNames,
    zones: [],
    zoneEndpoints: new Map(),
    ...more,
  });
  return { gateway, clock, log, ...gateway.execution };
}

describe("a provider's key", () => {
  it('is read once, then known without waiting', async () => {
    holds('{"apiKey":"one"}');
    const { credential, gateway } = made();
    expect(gateway.keyUnusable(key)).toBe(false);
    expect(await credential(openai, key)).toEqual(apiKey('one'));
    expect(credential(openai, key)).toEqual(apiKey('one'));
    expect(reads()).toBe(1);
    await gateway.settleStores();
  });

  it.each([
    ['is no JSON', '{"apiKey":', 'begins like JSON and is not valid JSON'],
    ['holds nothing known', '{"key":"hidden"}', 'has neither field "apiKey"'],
    ['is empty', ' ', 'is empty'],
  ])('that %s excludes its provider, and its value is told nobody', async (_name, text, reason) => {
    holds(text);
    const { credential, gateway, log } = made();
    const said = await credential(openai, key);
    expect(said).toContain(`provider key "a": its secret ${reason}`);
    expect(gateway.keyUnusable(key)).toBe(true);
    expect(log).toEqual([
      { event: 'secret_problem', secret: 'fairlead/openai', problem: expect.stringContaining(reason) },
    ]);
    expect(JSON.stringify([said, log])).not.toContain('hidden');
  });

  it('that does not exist here excludes its provider', async () => {
    manager
      .on(GetSecretValueCommand)
      .rejects(new ResourceNotFoundException({ message: 'no secret "fairlead/openai"', $metadata: {} }));
    const { credential } = made();
    expect(await credential(openai, key)).toBe('provider key "a": its secret does not exist in this region');
  });

  it('comes from a variable only where variables may be read', async () => {
    const fromEnv: ProviderKey = { ...key, secret: { kind: 'env', name: 'OPENAI_API_KEY' } };
    const deployed = made();
    expect(await deployed.credential(openai, fromEnv)).toContain('environment variable');
    const local = made({ readEnv: (name) => (name === 'OPENAI_API_KEY' ? 'two' : undefined) });
    expect(await local.credential(openai, fromEnv)).toEqual(apiKey('two'));
  });
});

describe("a provider's key that was refused", () => {
  it('is read again at once, and another value is worth another try', async () => {
    holds('old');
    const { credential, credentialRefused } = made();
    const refused = await credential(openai, key);
    if (typeof refused === 'string') throw new Error(refused);
    holds('new');
    expect(await credentialRefused(key, refused)).toBe(true);
    expect(credential(openai, key)).toEqual(apiKey('new'));
    expect(reads()).toBe(2);
  });

  it('is not, when it is the same', async () => {
    holds('old');
    const { credential, credentialRefused } = made();
    await credential(openai, key);
    expect(await credentialRefused(key, apiKey('old'))).toBe(false);
  });

  it('is worth another try without reading when another value has come since it was used', async () => {
    holds('new');
    const { credential, credentialRefused } = made();
    await credential(openai, key);
    expect(await credentialRefused(key, apiKey('old'))).toBe(true);
    expect(reads()).toBe(1);
  });

  it('is read again once, however many requests it was refused to', async () => {
    holds('old');
    const { credential, credentialRefused } = made();
    await credential(openai, key);
    holds('new');
    const answers = await Promise.all([1, 2, 3].map(() => credentialRefused(key, apiKey('old'))));
    expect(answers).toEqual([true, true, true]);
    expect(reads()).toBe(2);
  });

  it('is not worth another try when its secret has become unusable', async () => {
    holds('old');
    const { credential, credentialRefused } = made();
    await credential(openai, key);
    holds('{');
    expect(await credentialRefused(key, apiKey('old'))).toBe(false);
  });
});

describe('a provider without keys', () => {
  const bedrock = testTarget('bedrock', 'claude', {}, { id: 'claude-eu' });
  const role: Credential = { kind: 'aws', accessKeyId: 'AKIA', secretAccessKey: 's' };
  const missing = 'provider "claude-eu" has no AWS credentials here';

  it('gets none', () => {
    expect(made().credential(testTarget('openai-compatible', 'llama'), undefined)).toEqual({ kind: 'none' });
  });

  it.each<[string, Environment['awsCredentials'], Credential | string]>([
    ['the own role', async () => role, role],
    ['no role', undefined, missing],
    ['a role that cannot be had', () => Promise.reject(new Error('secret detail')), missing],
  ])('that is Bedrock is signed with %s', async (_name, awsCredentials, expected) => {
    const { credential } = made(awsCredentials === undefined ? {} : { awsCredentials });
    expect(await credential(bedrock, undefined)).toEqual(expected);
  });
});

describe('warming up', () => {
  it('never fails, though the tables cannot be read', async () => {
    const dynamo = mockClient(DynamoDBClient);
    dynamo.rejects(new Error('down'));
    const { gateway } = made();
    await gateway.warm();
    await gateway.settleStores();
    dynamo.restore();
  });
});
