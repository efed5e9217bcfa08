import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../../lib/policy/document.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../../lib/policy/stored.ts';
import { GovernanceReader } from '../../../lib/stores/governance-reader.ts';
import { GovernanceWriter } from '../../../lib/stores/governance-writer.ts';
import { writeParts } from '../../../lib/stores/policy-parts.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { StillClock } from './still-clock.ts';

const hash = hashVirtualKey('fl-one');
const otherHash = hashVirtualKey('fl-two');

/** A document with one team and one key, changed where a test says so. */
function documentWith(key: object = {}, rest: object = {}) {
  const parsed = parseDocument({
    providers: { openai: { type: 'openai', keys: [{ id: 'a', secret: 'fairlead/openai' }] } },
    customers: [{ id: 'acme' }],
    teams: [
      {
        id: 'research',
        customer: 'acme',
        providers: [{ provider: 'openai', models: ['gpt-*'], keys: ['*'] }],
      },
    ],
    virtualKeys: [{ id: 'one', hash, team: 'research', ...key }],
    ...rest,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

let database: TestDatabase;
let clock: StillClock;
let writer: GovernanceWriter;
let problems: string[];
let compiled: string[];
let down: boolean;
let queriesDown: boolean;
beforeEach(async () => {
  database = await startTestDatabase();
  clock = new StillClock();
  writer = new GovernanceWriter({ client: database.client, table: database.tableNames.governance, clock });
  problems = [];
  compiled = [];
  down = false;
  queriesDown = false;
  database.client.middlewareStack.add(
    (next, context) => (args) => {
      const fails = down || (queriesDown && context.commandName === 'QueryCommand');
      if (fails) throw Object.assign(new Error('https://internal.example failed'), { name: 'TimeoutError' });
      return next(args);
    },
    { step: 'initialize' },
  );
});
afterEach(() => database.close());

const openReader = () =>
  new GovernanceReader({
    client: database.client,
    table: database.tableNames.governance,
    clock,
    compilePolicy: (stored, pointer) => {
      compiled.push(`policy ${pointer.version}`);
      return compileStoredPolicy(stored, pointer, () => undefined);
    },
    compileCaller: (key, team, customer) => {
      compiled.push('caller');
      return compileStoredCaller(key, team, customer);
    },
    onProblem: (message) => problems.push(message),
  });

/** The commands sent while `work` ran. */
async function sentBy(work: () => unknown): Promise<readonly string[]> {
  const before = database.sent.length;
  await work();
  return database.sent.slice(before);
}

describe('a first use', () => {
  it('reads the policy, the key and its owners', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    expect(reader.peek(hash)).toBeUndefined();
    const { policy, known } = await reader.view(hash);
    expect(policy).toMatchObject({ version: 1 });
    expect(known).toMatchObject({
      hash,
      caller: { virtualKeyId: 'one', teamId: 'research', customerId: 'acme' },
    });
    expect(known?.caller.grants.map(({ provider }) => provider)).toEqual(['openai']);
    expect(problems).toEqual([]);
  });

  it('knows no key of another hash', async () => {
    await writer.put(documentWith(), 0);
    expect((await openReader().view(otherHash)).known).toBeUndefined();
  });

  it('finds the policy already there when warmed', async () => {
    await writer.put(documentWith({ team: undefined }), 0);
    const reader = openReader();
    await reader.warm();
    expect(await sentBy(() => reader.view(hash))).toEqual(['BatchGetItemCommand']);
  });

  it('is made once, however many ask at the same time', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    const sent = await sentBy(() => Promise.all([1, 2, 3, 4].map(() => reader.view(hash))));
    // Pointer and key; the policy's parts; the team; the customer.
    expect(sent).toEqual([
      'BatchGetItemCommand',
      'QueryCommand',
      'BatchGetItemCommand',
      'BatchGetItemCommand',
    ]);
    expect(compiled).toEqual(['policy 1', 'caller']);
  });

  it('without any document is unavailable, not unknown', async () => {
    await expect(openReader().view(hash)).rejects.toMatchObject({ status: 503, code: 'unavailable' });
    expect(problems).toEqual(['no gateway document is stored yet']);
  });
});

describe('ages', () => {
  it('under 5 s: used, nothing is sent', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    clock.advance(4_999);
    const sent = await sentBy(async () => {
      expect(reader.peek(hash)?.known?.caller.virtualKeyId).toBe('one');
      await reader.view(hash);
      await reader.settle();
    });
    expect(sent).toEqual([]);
  });

  it('under 30 s: used at once and read again meanwhile, in one batch', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({ enabled: false }), 1);
    clock.advance(29_999);
    const sent = await sentBy(async () => {
      expect(reader.peek(hash)?.known?.caller.enabled).toBe(true);
      await reader.settle();
    });
    expect(sent).toEqual(['BatchGetItemCommand']);
    expect(reader.peek(hash)?.known?.caller.enabled).toBe(false);
  });

  it('older: read first, in one batch', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({ enabled: false }), 1);
    clock.advance(30_000);
    const sent = await sentBy(async () => {
      expect(reader.peek(hash)).toBeUndefined();
      expect((await reader.view(hash)).known?.caller.enabled).toBe(false);
    });
    expect(sent).toEqual(['BatchGetItemCommand']);
  });

  it('a clock that was set back makes nothing young', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    clock.advance(-3_600_000);
    expect(reader.peek(hash)).toBeUndefined();
  });

  it('an unknown key is remembered for 5 s, then read first', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(otherHash);
    expect(await sentBy(() => reader.view(otherHash))).toEqual([]);
    await writer.put(documentWith({ hash: otherHash }), 1);
    clock.advance(4_999);
    expect(reader.peek(otherHash)?.known).toBeUndefined();
    clock.advance(1);
    expect((await reader.view(otherHash)).known?.caller.virtualKeyId).toBe('one');
    await reader.settle();
  });

  it('a key that is gone is unknown at the next reading', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({ hash: otherHash }), 1);
    clock.advance(30_000);
    expect((await reader.view(hash)).known).toBeUndefined();
  });
});

describe('changes', () => {
  it('a refresh that finds nothing new compiles nothing and keeps the same objects', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    const first = await reader.view(hash);
    clock.advance(30_000);
    const second = await reader.view(hash);
    expect(second.policy).toBe(first.policy);
    expect(second.known).toBe(first.known);
    expect(compiled).toEqual(['policy 1', 'caller']);
  });

  it('a new policy is compiled once, the caller of an unchanged key not again', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({}, { defaults: { maxRetries: 9 } }), 1);
    clock.advance(30_000);
    expect((await reader.view(hash)).policy).toMatchObject({ version: 2, defaults: { maxRetries: 9 } });
    expect(compiled).toEqual(['policy 1', 'caller', 'policy 2']);
  });

  it('tells the version of an edit that changed virtual keys alone, and compiles nothing for it', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({ name: 'renamed' }), 1);
    clock.advance(30_000);
    expect((await reader.view(hash)).policy.version).toBe(2);
    expect(compiled.filter((each) => each.startsWith('policy'))).toEqual(['policy 1']);
  });

  it('a new team narrows its keys', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({}, { teams: [{ id: 'research', customer: 'acme', providers: [] }] }), 1);
    clock.advance(30_000);
    expect((await reader.view(hash)).known?.caller.grants).toEqual([]);
  });

  it.each(['team#research', 'customer#acme'])(
    'a key whose %s is not here is unavailable: without it the key would be wider',
    async (pk) => {
      await writer.put(documentWith(), 0);
      const key = { pk: { S: pk }, sk: { S: pk.replace(/#.*/, '') } };
      await database.client.send(new DeleteItemCommand({ TableName: 'test-governance', Key: key }));
      await expect(openReader().view(hash)).rejects.toMatchObject({ status: 503 });
    },
  );
});

describe('a policy that is not whole or not good', () => {
  const secondVersion = () => documentWith({}, { defaults: { maxRetries: 9 } });
  /** Deletes the only part of the policy in force, or changes its text. */
  const damagePart = async (body: string | undefined) => {
    const { policy } = await openReader().view(hash);
    const key = { pk: { S: `policy#${policy.digest}` }, sk: { S: 'part#000000' } };
    const TableName = 'test-governance';
    if (body === undefined) await database.client.send(new DeleteItemCommand({ TableName, Key: key }));
    else await database.client.send(new PutItemCommand({ TableName, Item: { ...key, body: { S: body } } }));
    problems.length = 0;
  };

  it.each([
    ['missing', undefined],
    ['changed', '{"providers":{}}'],
  ])('with a part %s leaves the version before in force, in old and new instances', async (_, body) => {
    await writer.put(documentWith(), 0);
    const old = openReader();
    await old.view(hash);
    await writer.put(secondVersion(), 1);
    await damagePart(body);
    clock.advance(30_000);
    expect((await old.view(hash)).policy.version).toBe(1);
    expect(problems).toEqual(['policy version 2 is not whole in this region yet; version 1 stays in force']);
    expect((await openReader().view(hash)).policy.version).toBe(1);
  });

  it('is taken as soon as it is whole', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(secondVersion(), 1);
    const { customers: _c, teams: _t, virtualKeys: _k, ...policy } = secondVersion();
    await damagePart(undefined);
    clock.advance(30_000);
    expect((await reader.view(hash)).policy.version).toBe(1);
    await writeParts(database.client, 'test-governance', JSON.stringify(policy));
    clock.advance(5_000);
    reader.peek(hash);
    await reader.settle();
    expect(reader.peek(hash)?.policy.version).toBe(2);
  });

  it('that does not compile never replaces a good one, and is looked at once', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    const later = { ...documentWith(), aLaterField: true };
    await writer.put(later, 1);
    clock.advance(30_000);
    expect((await reader.view(hash)).policy.version).toBe(1);
    clock.advance(30_000);
    expect(await sentBy(() => reader.view(hash))).toEqual(['BatchGetItemCommand']);
    expect(problems).toEqual([
      'policy version 2 is refused: the stored policy has a shape this version does not know; version 1 stays in force',
    ]);
  });
});

describe('while the store cannot be read', () => {
  it('a new instance is unavailable and names no host', async () => {
    await writer.put(documentWith(), 0);
    down = true;
    await expect(openReader().view(hash)).rejects.toMatchObject({ status: 503, retryAfterMs: 1_000 });
    expect(problems).toEqual(['the governance table cannot be read (TimeoutError)']);
  });

  it('the last known key is used for 5 minutes, then it is unavailable', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    down = true;
    clock.advance(299_999);
    expect((await reader.view(hash)).known?.caller.virtualKeyId).toBe('one');
    clock.advance(1);
    await expect(reader.view(hash)).rejects.toMatchObject({ status: 503 });
  });

  it('the last known policy is used at any age while its parts cannot be read', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    await writer.put(documentWith({}, { defaults: { maxRetries: 9 } }), 1);
    queriesDown = true;
    clock.advance(86_400_000);
    expect((await reader.view(hash)).policy.version).toBe(1);
    expect(problems).toEqual(['policy version 2 cannot be read (TimeoutError); version 1 stays in force']);
    queriesDown = false;
    clock.advance(30_000);
    expect((await reader.view(hash)).policy.version).toBe(2);
  });

  it('it is left alone for a second after a failure, and requests do not wait for it', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    down = true;
    clock.advance(30_000);
    await reader.view(hash);
    const seen = problems.length;
    const sent = await sentBy(async () => {
      clock.advance(999);
      expect(reader.peek(hash)?.known).toBeDefined();
      await reader.settle();
    });
    expect([sent.length, problems.length]).toEqual([0, seen]);
    down = false;
    clock.advance(1);
    await reader.view(hash);
    expect(await sentBy(() => reader.view(hash))).toEqual([]);
  });

  it('a failed background refresh costs the request nothing', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(hash);
    down = true;
    clock.advance(5_000);
    expect(reader.peek(hash)?.known).toBeDefined();
    await expect(reader.settle()).resolves.toBeUndefined();
  });

  it('an unknown key is not called unknown any more', async () => {
    await writer.put(documentWith(), 0);
    const reader = openReader();
    await reader.view(otherHash);
    down = true;
    clock.advance(5_000);
    await expect(reader.view(otherHash)).rejects.toMatchObject({ status: 503 });
  });
});
