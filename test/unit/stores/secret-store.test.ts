import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SecretStore } from '../../../lib/stores/secret-store.ts';
import { StillClock } from './still-clock.ts';

const manager = mockClient(SecretsManagerClient);
const ref = { kind: 'secret', name: 'fairlead/openai' } as const;
const first = { kind: 'api_key', value: 'sk-1' };
const second = { kind: 'api_key', value: 'sk-2' };
const throttled = Object.assign(new Error('sk-1 at host'), { name: 'ThrottlingException' });
const absent = new ResourceNotFoundException({ message: 'arn:…', $metadata: {} });

let clock: StillClock;
let problems: [string, string][];
let environment: Record<string, string>;
let store: SecretStore;
const open = (client: SecretsManagerClient | undefined) =>
  new SecretStore({
    client: client && (() => Promise.resolve(client)),
    readEnv: (name) => environment[name],
    clock,
    onProblem: (name, reason) => problems.push([name, reason]),
  });
beforeEach(() => {
  manager.reset();
  clock = new StillClock();
  problems = [];
  environment = {};
  store = open(new SecretsManagerClient({ region: 'eu-central-1' }));
});

const reads = () => manager.commandCalls(GetSecretValueCommand).length;
const holds = (text: string) => manager.on(GetSecretValueCommand).resolves({ SecretString: text });

describe('SecretStore', () => {
  it('reads a secret once, however many ask, and keeps it', async () => {
    holds('sk-1');
    expect(store.peek(ref)).toBeUndefined();
    expect(await Promise.all([store.get(ref), store.get(ref), store.get(ref)])).toEqual([
      first,
      first,
      first,
    ]);
    expect(store.peek(ref)).toEqual(first);
    expect(manager.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({
      SecretId: 'fairlead/openai',
    });
    clock.advance(299_999);
    await store.get(ref);
    expect(reads()).toBe(1);
  });

  it('after 5 minutes uses it once more and reads it meanwhile', async () => {
    holds('sk-1');
    await store.get(ref);
    holds('sk-2');
    clock.advance(300_000);
    expect([store.peek(ref), store.peek(ref)]).toEqual([first, first]);
    await store.settle();
    expect([store.peek(ref), reads()]).toEqual([second, 2]);
  });

  it('after 10 minutes reads it first', async () => {
    holds('sk-1');
    await store.get(ref);
    holds('sk-2');
    clock.advance(600_000);
    expect(store.peek(ref)).toBeUndefined();
    expect(await store.get(ref)).toEqual(second);
  });

  it('uses the last known value while reading fails, says so once, and tries again every 10 s', async () => {
    holds('sk-1');
    await store.get(ref);
    manager.on(GetSecretValueCommand).rejects(throttled);
    clock.advance(86_400_000);
    expect(await store.get(ref)).toEqual(first);
    clock.advance(9_999);
    store.peek(ref);
    await store.settle();
    expect(reads()).toBe(2);
    clock.advance(1);
    store.peek(ref);
    await store.settle();
    expect(reads()).toBe(3);
    expect(problems).toEqual([
      [
        'fairlead/openai',
        'cannot be read at the moment (ThrottlingException); the last known value stays in use',
      ],
    ]);
    holds('sk-2');
    clock.advance(10_000);
    store.peek(ref);
    await store.settle();
    expect(store.peek(ref)).toEqual(second);
  });

  it('reads it again when a provider refused it, at most once in 10 s', async () => {
    holds('sk-1');
    await store.get(ref);
    holds('sk-2');
    expect(await Promise.all([store.refreshNow(ref), store.refreshNow(ref)])).toEqual([second, second]);
    clock.advance(9_999);
    await store.refreshNow(ref);
    expect(reads()).toBe(2);
    clock.advance(1);
    await store.refreshNow(ref);
    expect(reads()).toBe(3);
  });

  it.each([
    ['{"apiKey": "sk-', 'begins like JSON and is not valid JSON'],
    ['{"token": "sk-1"}', 'has neither field "apiKey" nor fields "accessKeyId" and "secretAccessKey"'],
  ])('a malformed value excludes the key with one line: %s', async (text, reason) => {
    holds(text);
    expect(await store.get(ref)).toEqual({ kind: 'unusable', reason });
    clock.advance(10_000);
    expect(store.peek(ref)).toEqual({ kind: 'unusable', reason });
    await store.settle();
    expect(problems).toEqual([['fairlead/openai', reason]]);
  });

  it('a malformed value heals when it is corrected', async () => {
    holds('{');
    await store.get(ref);
    holds('sk-1');
    clock.advance(10_000);
    store.peek(ref);
    await store.settle();
    expect(store.peek(ref)).toEqual(first);
  });

  it('a secret that is gone is not used any more', async () => {
    holds('sk-1');
    await store.get(ref);
    manager.on(GetSecretValueCommand).rejects(absent);
    clock.advance(600_000);
    expect(await store.get(ref)).toEqual({ kind: 'unusable', reason: 'does not exist in this region' });
  });

  it.each([
    [absent, 'does not exist in this region'],
    [Object.assign(new Error(), { name: 'AccessDeniedException' }), 'may not be read in this region'],
    [throttled, 'cannot be read at the moment (ThrottlingException)'],
  ])('never rejects: %#', async (error, reason) => {
    manager.on(GetSecretValueCommand).rejects(error);
    expect(await store.get(ref)).toEqual({ kind: 'unusable', reason });
    expect(problems).toEqual([['fairlead/openai', reason]]);
  });

  it('does not use a binary secret, nor any where there is no Secrets Manager', async () => {
    manager.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    expect(await store.get(ref)).toEqual({ kind: 'unusable', reason: 'is binary; store it as text' });
    expect(await open(undefined).get(ref)).toMatchObject({ kind: 'unusable' });
  });

  it('reads environment variables at once', async () => {
    const variable = { kind: 'env', name: 'OPENAI_API_KEY' } as const;
    expect(store.peek(variable)).toEqual({ kind: 'unusable', reason: 'is not set in the environment' });
    store.peek(variable);
    expect(problems).toEqual([['OPENAI_API_KEY', 'is not set in the environment']]);
    environment['OPENAI_API_KEY'] = 'sk-1';
    expect([store.peek(variable), await store.get(variable), await store.refreshNow(variable)]).toEqual([
      first,
      first,
      first,
    ]);
    expect(reads()).toBe(0);
  });
});
