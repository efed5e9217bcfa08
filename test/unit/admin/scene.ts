import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { onTestFinished } from 'vitest';
import { createAdministration } from '../../../functions/admin/administration.ts';
import { administer } from '../../../lib/admin.ts';
import type { DeadSettlements } from '../../../lib/domain/dead-settlements.ts';
import { asObject, parseJson, type JsonObject } from '../../../lib/domain/json.ts';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import type { Site } from '../../../lib/domain/quota.ts';
import { deployedRules, type DocumentRules } from '../../../lib/policy/document.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const startMs = Date.parse('2026-11-24T10:00:00Z');
export const actor = { arn: 'arn:aws:iam::111122223333:user/ann', sourceIp: '198.51.100.7' };

export const hashOf = (name: string): string => hashVirtualKey(`fl-${name}`);
export const fingerprint = (clear: string): string => hashVirtualKey(clear).slice(7, 19);

/** A document as a deployment takes it. */
export const document = {
  providers: {
    openai: {
      type: 'openai',
      budgets: [{ limitUsd: 1_000, every: '1M', calendar: true }],
      keys: [
        { id: 'a', secret: 'fairlead/openai', rateLimits: [{ tokens: 5_000, every: '1m' }] },
        { id: 'b', secret: 'fairlead/openai-b' },
      ],
    },
  },
  budgets: [{ limitUsd: 5_000, every: '1M' }],
  customers: [{ id: 'acme', budgets: [{ limitUsd: 500, every: '1M', calendar: true }] }],
  teams: [
    {
      id: 'research',
      customer: 'acme',
      budgets: [{ limitUsd: 10, every: '1d', calendar: true }],
      rateLimits: [{ requests: 60, every: '1h' }],
      providers: [
        { provider: 'openai', models: ['*'], keys: ['*'], budgets: [{ limitUsd: 3, every: '1d' }] },
      ],
    },
  ],
  virtualKeys: [
    { id: 'app', team: 'research', hash: hashOf('app') },
    { id: 'batch', customer: 'acme', enabled: false, hash: hashOf('batch'), providers: [] },
    { id: 'zeta', hash: hashOf('zeta'), providers: [], expiresAt: '2027-01-01T00:00:00Z' },
  ],
};

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** Of a refusal. */
  readonly error: JsonObject;
}

export interface Scene {
  readonly clock: ManualClock;
  readonly database: TestDatabase;
  readonly log: readonly JsonObject[];
  call(
    route: string,
    body?: unknown,
    more?: { actor?: undefined; query?: Record<string, string> },
  ): Promise<Answered>;
  /** The clear key the next operation makes: "fl-" and the count, filled up. */
  readonly nextKey: () => string;
}

export interface SceneOptions {
  /** Stored first, as version 1; by default the one above. */
  readonly document?: object | null;
  readonly rules?: DocumentRules;
  readonly secrets?: SecretsManagerClient;
  readonly readEnv?: (name: string) => string | undefined;
  readonly dynamo?: TestDatabase['client'];
  /** By default this region's alone. */
  readonly sites?: readonly Site[];
  /** By default a queue nobody may ask. */
  readonly settlements?: DeadSettlements;
}

/** Administration on an embedded database, called as its function calls it. `route` is "GET /keys?limit=1". */
export async function stage(options: SceneOptions = {}): Promise<Scene> {
  const database = await startTestDatabase();
  onTestFinished(() => database.close());
  const clock = new ManualClock(startMs);
  const log: JsonObject[] = [];
  let made = 0;
  const bytes = (count: number): Buffer => Buffer.alloc(count, made);
  const { secrets, readEnv } = options;
  const client = options.dynamo ?? database.client;
  const admin = createAdministration({
    region: 'eu-central-1',
    clock,
    dynamo: client,
    homeDynamo: client,
    tableNames: database.tableNames,
    sites: options.sites ?? [{ site: 'eu-central-1', share: 1 }],
    site: 'eu-central-1',
    settlements: async () => {
      if (options.settlements === undefined) throw new Error('nobody asks for settlements here');
      return options.settlements;
    },
    rules: options.rules ?? { ...deployedRules, secretPrefix: 'fairlead/' },
    ...(secrets !== undefined && { secrets: () => Promise.resolve(secrets) }),
    ...(readEnv !== undefined && { readEnv }),
    randomBytes: (count) => {
      made += 1;
      return bytes(count);
    },
    log: (record) => void log.push(asObject(parseJson(JSON.stringify(record)))),
  });
  let calls = 0;
  const scene: Scene = {
    clock,
    database,
    log,
    nextKey: () => `fl-${Buffer.alloc(32, made + 1).toString('base64url')}`,
    call: async (route, body, more = {}) => {
      const [, method = '', path = '', query = ''] = /^(\S+) ([^?]+)\??(.*)$/.exec(route) ?? [];
      const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
      const {
        status,
        headers,
        body: answer,
      } = await administer(admin, {
        requestId: `request-${(calls += 1)}`,
        method,
        path: `/admin/v1${path}`,
        query: Object.fromEntries(new URLSearchParams(query)),
        body: text,
        actor: 'actor' in more ? more.actor : actor,
      });
      const parsed = asObject(parseJson(answer));
      return { status, headers, body: parsed, error: asObject(parsed['error']) };
    },
  };
  if (options.document !== null) {
    const stored = await scene.call('PUT /document', {
      expectedVersion: 0,
      document: options.document ?? document,
    });
    if (stored.status !== 200) throw new Error(JSON.stringify(stored.body));
  }
  return scene;
}

/** Status and code of a refusal. */
export const refusal = ({ status, error }: Answered): readonly unknown[] => [status, error['code']];
