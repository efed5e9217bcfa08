import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../../../functions/cli/cli.ts';
import { hashVirtualKey } from '../../../../lib/identity/virtual-key.ts';

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** The command line against a gateway that gives these answers, by method and path. */
async function run(
  args: readonly string[],
  answers: Readonly<Record<string, Answer>> = {},
  options: { readonly confirm?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const sent: { method: string; url: string; headers: Record<string, string>; body?: string }[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    fetch: async (url, init) => {
      sent.push({ url, ...init });
      const { pathname } = new URL(url);
      const answer = answers[`${init.method} ${pathname}`];
      if (answer === undefined) throw new Error('nobody listens');
      return { status: answer.status ?? 200, text: async () => JSON.stringify(answer.body) };
    },
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-told' }),
    nowMs: () => Date.parse('2026-11-24T10:00:00Z'),
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    env: (name) => ({ FAIRLEAD_ENDPOINT: 'http://127.0.0.1:8787', ...options.env })[name],
    confirm: async () => options.confirm ?? false,
  });
  expect(JSON.stringify([out, err, sent])).not.toContain('not-told');
  return { code, out, err, sent };
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, text);
  return file;
}

const change = { path: 'defaults.maxRetries', before: 2, after: 3 };
const check = (changes: readonly object[], version = 4) => ({
  'POST /admin/v1/document/check': { body: { version, changes, warnings: ['mind the gap'] } },
});

describe('the command line', () => {
  it.each([
    [[], 2, 'fairlead administers'],
    [['--help'], 0, 'fairlead administers'],
    [['keys', '--help'], 0, 'fairlead keys list'],
  ])('helps: %j', async (args, code, line) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.out[0]).toContain(line);
    expect(result.sent).toEqual([]);
  });

  it.each([
    [['aply', 'x'], 'there is no command "aply"; did you mean "apply"?'],
    [['apply'], 'FILE is missing'],
    [['usage'], 'OWNER is missing'],
    [
      ['keys', 'frobnicate', 'x'],
      'there is no command "keys frobnicate"; known are list, create, rotate, disable, enable, delete',
    ],
    [['keys', 'create'], '--id is missing'],
    [
      ['keys', 'create', '--id', 'a', '--team', 't', '--budget', 'much'],
      '--budget must be a figure and a window',
    ],
    [['quotas', 'reset', 'team/a', '1d', 'euros'], 'UNIT must be usd, tokens or requests'],
    [
      ['usage', 'x', '--endpoint', 'http://gateway.example'],
      '--endpoint (or FAIRLEAD_ENDPOINT) must be an https URL',
    ],
    [
      ['audit', '--endpoint', 'https://llm.example.com'],
      '--region (or AWS_REGION) is missing: "llm.example.com" does not say which region answers it',
    ],
    [
      ['audit', '--endpoint', 'https://abc.execute-api.eu-west-1.amazonaws.com/live/admin/v1'],
      '--endpoint is the base URL (output Endpoint), without "/admin/v1"',
    ],
    [
      ['audit', '--endpoint', 'http://127.0.0.1:8787/v1/'],
      'is the base URL (output Endpoint), without "/v1"',
    ],
    [['keys', 'crate', '--id', 'x'], 'there is no command "keys crate"; did you mean "create"?'],
    [
      ['keys', 'create', '--id', 'x'],
      '--provider, --team or --customer is missing: the key would open nothing',
    ],
    [['keys', 'rotate', 'x', '--grace', '1h'], '--grace must be seconds, such as 3600, received "1h"'],
    [['settlements', 'repaly'], 'there is no command "settlements repaly"; did you mean "replay"?'],
    [['usage', '--frm', 'x'], "Unknown option '--frm'"],
    [['apply', '/nowhere/at/all.yaml'], '/nowhere/at/all.yaml'],
  ])('says what is wrong with %j, and asks nobody', async (args, message) => {
    const { code, err, sent } = await run(args);
    expect(code).toBe(2);
    expect(err.join('\n')).toContain(message);
    expect(sent).toEqual([]);
  });

  it('signs for API Gateway in the region of its host, and keeps the stage', async () => {
    const endpoint = 'https://abc.execute-api.eu-central-1.amazonaws.com/live/';
    const { sent, code } = await run(['audit', '--endpoint', endpoint, '--month', '2026-11'], {
      'GET /live/admin/v1/audit': { body: { records: [] } },
    });
    expect(code).toBe(0);
    expect(sent[0]?.url).toBe(`${endpoint}admin/v1/audit?month=2026-11`);
    expect(sent[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261124\/eu-central-1\/execute-api\/aws4_request, /,
    );
  });

  it.each([
    ['https://eu-central-1.llm.example.com', [], { AWS_REGION: 'us-east-1' }, 'eu-central-1'],
    ['https://llm.example.com', [], { AWS_REGION: 'ap-northeast-1' }, 'ap-northeast-1'],
    ['https://us-east-1.llm.example.com', ['--region', 'us-west-2'], {}, 'us-west-2'],
    ['http://127.0.0.1:8787', [], {}, 'us-east-1'],
  ])('signs for %s%j beside %j in %s', async (endpoint, flags, env, region) => {
    const answers = { 'GET /admin/v1/audit': { body: { records: [] } } };
    const { sent } = await run(['audit', '--endpoint', endpoint, ...flags], answers, { env });
    expect(sent[0]?.headers['authorization']).toContain(`/20261124/${region}/execute-api/aws4_request`);
  });

  it('tells a refusal with its problems, and a gateway that is away', async () => {
    const refused = await run(['diff', fileWith('provders: {}')], {
      'POST /admin/v1/document/check': {
        status: 400,
        body: { error: { message: 'not valid', problems: [{ path: 'provders', message: 'unknown field' }] } },
      },
    });
    expect([refused.code, refused.err]).toEqual([2, ['fairlead: not valid', '  provders: unknown field']]);
    const told = 'the document has a problem; provders: unknown field';
    const once = await run(['diff', fileWith('provders: {}')], {
      'POST /admin/v1/document/check': {
        status: 400,
        body: { error: { message: told, problems: [{ path: 'provders', message: 'unknown field' }] } },
      },
    });
    expect(once.err).toEqual([`fairlead: ${told}`]);
    const stale = await run(['audit'], {
      'GET /admin/v1/audit': { status: 409, body: { error: { message: 'another version is in force' } } },
    });
    expect([stale.code, stale.err]).toEqual([1, ['fairlead: another version is in force']]);
    const away = await run(['audit']);
    expect([away.code, away.err]).toEqual([3, ['fairlead: http://127.0.0.1:8787 does not answer']]);
    const failed = await run(['audit'], {
      'GET /admin/v1/audit': { status: 503, body: { message: 'down' } },
    });
    expect([failed.code, failed.err]).toEqual([3, ['fairlead: down']]);
    const odd = await run(['audit'], { 'GET /admin/v1/audit': { body: '<html>' } });
    expect(odd.code).toBe(3);
  });
});

describe('the process', () => {
  it('ends as ever when nobody reads on, as `| head` does', async () => {
    const child = spawn(process.execPath, ['functions/cli/main.ts', '--help']);
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    expect([await once(child, 'close'), err]).toEqual([[0, null], '']);
  });
});

describe('a document', () => {
  const text = 'providers: {}\nvirtualKeys: [{ id: app, key: fl-clear-key-1 }]\n';

  it('is compared without its keys in clear leaving the machine', async () => {
    const { code, out, err, sent } = await run(['diff', fileWith(text)], check([change]));
    expect([code, out, err]).toEqual([1, ['~ defaults.maxRetries: 2 -> 3'], ['warning: mind the gap']]);
    expect(sent[0]?.body).toContain(hashVirtualKey('fl-clear-key-1'));
    expect(sent[0]?.body).not.toContain('fl-clear-key-1');
    expect((await run(['diff', fileWith(text)], check([]))).code).toBe(0);
  });

  it('shows what is added, what is removed, and how much more there is', async () => {
    const changes = [
      { path: 'teams.a', after: { id: 'a' } },
      { path: 'teams.b', before: { id: 'b' } },
    ];
    const answer = { version: 4, changes, warnings: [], changesOmitted: 7 };
    const { out } = await run(['diff', fileWith(text)], {
      'POST /admin/v1/document/check': { body: answer },
    });
    expect(out).toEqual(['+ teams.a: {"id":"a"}', '- teams.b: {"id":"b"}', 'and 7 more']);
    const tooLarge = { version: 4, changes: [], warnings: [], changesOmitted: 1 };
    const hidden = await run(['diff', fileWith(text)], {
      'POST /admin/v1/document/check': { body: tooLarge },
    });
    expect([hidden.code, hidden.out]).toEqual([1, ['and 1 more']]);
  });

  it('is stored in place of the version it was compared with, once somebody has said yes', async () => {
    const put = { 'PUT /admin/v1/document': { body: { version: 5, changes: [change], warnings: [] } } };
    const asked = await run(['apply', fileWith(text)], { ...check([change]), ...put });
    expect([asked.code, asked.sent.length]).toEqual([1, 1]);
    const dry = await run(['apply', fileWith(text), '--dry-run'], { ...check([change]), ...put });
    expect([dry.code, dry.sent.length]).toEqual([0, 1]);
    for (const said of [
      await run(['apply', fileWith(text)], { ...check([change]), ...put }, { confirm: true }),
      await run(['apply', fileWith(text), '--yes'], { ...check([change]), ...put }),
    ]) {
      expect(said.code).toBe(0);
      expect(JSON.parse(said.sent[1]?.body ?? '')).toMatchObject({ expectedVersion: 4 });
      expect(said.err.at(-1)).toBe('stored as version 5');
    }
    const same = await run(['apply', fileWith(text), '--yes'], check([]));
    expect([same.code, same.sent.length]).toEqual([0, 1]);
  });
});

describe('a document that leaves the virtual keys out', () => {
  const text = 'providers: {}\n';
  const gone = [change, { path: 'virtualKeys.app', before: { id: 'app' } }];
  const put = { 'PUT /admin/v1/document': { body: { version: 5, changes: gone, warnings: [] } } };

  it.each([
    ['one is gone', check(gone)],
    [
      'what is gone is not shown',
      {
        'POST /admin/v1/document/check': {
          body: { version: 4, changes: [], warnings: [], changesOmitted: 1 },
        },
      },
    ],
  ])('deletes no stored one by oversight: %s', async (_what, answers) => {
    const { code, err, sent } = await run(['apply', fileWith(text), '--yes'], { ...answers, ...put });
    expect([code, sent.length]).toEqual([2, 1]);
    expect(err.at(-1)).toMatch(
      /gateway\.yaml leaves virtualKeys out, which would delete stored ones: --keep-keys keeps them, "virtualKeys: \[\]" in the file deletes them/,
    );
  });

  it('is stored with --keep-keys, however much is not shown', async () => {
    const much = { version: 4, changes: [change], warnings: [], changesOmitted: 9 };
    const answers = { 'POST /admin/v1/document/check': { body: much }, ...put };
    expect((await run(['apply', fileWith(text), '--yes', '--keep-keys'], answers)).code).toBe(0);
  });

  it('is stored with --keep-keys, where none is stored, and where it says that there are none', async () => {
    for (const [file, flags, changes] of [
      [text, ['--keep-keys'], [change]],
      [text, [], [change, { path: 'virtualKeysOfOld', before: 1 }]],
      ['providers: {}\nvirtualKeys: []\n', [], gone],
    ] as const) {
      const { code } = await run(['apply', fileWith(file), '--yes', ...flags], { ...check(changes), ...put });
      expect(code).toBe(0);
    }
  });
});

describe('virtual keys', () => {
  it('are made from flags, and shown alone on standard output', async () => {
    const answer = { status: 201, body: { id: 'app', key: 'fl-new', version: 7 } };
    const args =
      'keys create --id app --team research --provider openai --models gpt-5* --budget 100/1d --hard --requests 60/1m --tokens 200000/1m';
    const { code, out, sent } = await run(args.split(' '), { 'POST /admin/v1/keys': answer });
    expect([code, out]).toEqual([0, ['fl-new']]);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      id: 'app',
      team: 'research',
      providers: [{ provider: 'openai', models: ['gpt-5*'], keys: ['*'] }],
      budgets: [{ limitUsd: 100, every: '1d', enforcement: 'hard' }],
      rateLimits: [
        { requests: 60, every: '1m' },
        { tokens: 200_000, every: '1m' },
      ],
    });
  });

  it('are rotated, disabled, enabled and deleted by their id', async () => {
    const answers = {
      'POST /admin/v1/keys/a.b/rotate': {
        body: { id: 'a.b', key: 'fl-2', version: 8, previousUntil: '2026-11-25T10:00:00Z' },
      },
      'POST /admin/v1/keys/a.b/disable': { body: { id: 'a.b', version: 9 } },
      'POST /admin/v1/keys/a.b/enable': { body: { id: 'a.b', version: 10 } },
      'DELETE /admin/v1/keys/a.b': { body: { id: 'a.b', version: 11 } },
    };
    const rotated = await run(['keys', 'rotate', 'a.b', '--grace', '3600'], answers);
    expect([rotated.code, rotated.out, rotated.sent[0]?.body]).toEqual([0, ['fl-2'], '{"graceS":3600}']);
    for (const action of ['disable', 'enable', 'delete']) {
      expect((await run(['keys', action, 'a.b'], answers)).code).toBe(0);
    }
  });

  it('are listed', async () => {
    const key = { id: 'app', enabled: true, fingerprint: '0123456789ab', team: 'research' };
    const retiring = [{ fingerprint: 'ba9876543210', until: '2026-11-25T00:00:00Z' }];
    const { out } = await run(['keys'], {
      'GET /admin/v1/keys': {
        body: {
          keys: [
            { ...key, retiring },
            { ...key, id: 'b', enabled: false, retiring: [] },
          ],
        },
      },
    });
    expect(out).toEqual([
      'ID   TEAM      CUSTOMER  STATE                EXPIRES  HASH',
      'app  research            enabled, 1 retiring           0123456789ab',
      'b    research            disabled                      0123456789ab',
    ]);
    const none = await run(['keys'], { 'GET /admin/v1/keys': { body: { keys: [] } } });
    expect(none.out).toEqual(['no virtual keys']);
  });
});

it('usage shows models and limits', async () => {
  const sums = { requests: 1_200, inputTokens: 3_000_000, outputTokens: 40_000, costMicroUsd: 4_250_000 };
  const quota = {
    id: '1d',
    unit: 'microUsd',
    limit: 5_000_000,
    used: 4_250_000,
    every: '1d',
    enforcement: 'hard',
  };
  const { out } = await run(['usage', 'team/research'], {
    'GET /admin/v1/usage': {
      body: {
        owner: 'team/research',
        from: '2026-11-01',
        to: '2026-11-24',
        models: [{ provider: 'openai', model: 'gpt-5', ...sums }],
        total: sums,
        quotas: [{ ...quota, resetsAt: '2026-11-25T00:00:00Z' }],
      },
    },
  });
  expect(out).toEqual([
    'team/research, 2026-11-01 to 2026-11-24',
    '',
    'MODEL         REQUESTS      INPUT  OUTPUT       USD',
    'openai/gpt-5     1,200  3,000,000  40,000  4.250000',
    'total            1,200  3,000,000  40,000  4.250000',
    '',
    'LIMIT          USED            OF     %  KIND  RESETS',
    '1d     4.250000 USD  5.000000 USD  85.0  hard  2026-11-25T00:00:00Z',
  ]);
});

it('quotas are reset and topped up in their own unit', async () => {
  const body = { version: 12, limit: 6_000_000, used: 1, unit: 'microUsd', resetsAt: '2026-11-25T00:00:00Z' };
  const answers = { 'POST /admin/v1/quotas/top-up': { body }, 'POST /admin/v1/quotas/reset': { body } };
  const topUp = await run(['quotas', 'top-up', 'team/a', '1d', 'usd', '1.5'], answers);
  expect(JSON.parse(topUp.sent[0]?.body ?? '')).toEqual({
    owner: 'team/a',
    quota: '1d',
    unit: 'microUsd',
    amountUsd: 1.5,
  });
  const reset = await run(['quotas', 'reset', 'team/a', '1m', 'requests'], answers);
  expect(JSON.parse(reset.sent[0]?.body ?? '')).toEqual({ owner: 'team/a', quota: '1m', unit: 'requests' });
});

it('explains a request as a story', async () => {
  const { out } = await run(['explain', 'r-1'], {
    'GET /admin/v1/decisions/r-1': {
      body: {
        requestId: 'r-1',
        region: 'eu-central-1',
        startedMs: Date.parse('2026-11-24T09:00:00Z'),
        durationMs: 830,
        status: 200,
        virtualKeyId: 'app',
        requestedModel: 'gpt-5',
        decision: 'weighted choice',
        costMicroUsd: 1_250,
        attempts: [
          { provider: 'a', model: 'gpt-5', key: 'k', outcome: 'transient', status: 503, durationMs: 30 },
          { provider: 'b', model: 'gpt-5', outcome: 'ok', status: 200, durationMs: 800 },
        ],
        candidates: [
          {
            provider: 'a',
            model: 'gpt-5',
            kept: true,
            via: 'rule',
            health: 'degraded',
            score: { base: 3, reliability: 0.8, latency: 0.25, headroom: 1, warmth: 1, share: 0.125 },
          },
          {
            provider: 'b',
            model: 'gpt-5',
            kept: true,
            via: 'rule',
            health: 'failed',
            lastResort: 'failed',
            score: { base: 1, costMicroUsd: 420, share: 0 },
          },
          { provider: 'd', model: 'gpt-5', kept: true, via: 'fallback' },
          { provider: 'c', model: 'gpt-5', kept: false, reason: 'zone', detail: 'processes data elsewhere' },
        ],
        order: ['a/gpt-5', 'b/gpt-5'],
        rules: ['save-money', 'eu-first'],
      },
    },
  });
  expect(out).toEqual([
    'r-1: "gpt-5" for virtual key app, 2026-11-24T09:00:00.000Z in eu-central-1',
    'answered 200 in 830 ms, 0.001250 USD: weighted choice',
    'rules that matched: save-money, eu-first',
    '',
    'CANDIDATE              HEALTH    WHY',
    'a/gpt-5    kept        degraded  by rule, 12.5 % (weight 3 x reliability 0.8 x latency 0.25 x headroom 1 x warmth 1)',
    'b/gpt-5    kept, last  failed    by rule, its route has failed, 0.0 % (weight 1), about 0.000420 USD',
    'd/gpt-5    kept                  by fallback',
    'c/gpt-5    dropped               zone: processes data elsewhere',
    '',
    'ATTEMPT  KEY  OUTCOME    STATUS   MS',
    'a/gpt-5  k    transient     503   30',
    'b/gpt-5       ok            200  800',
  ]);
});
