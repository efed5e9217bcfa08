import { describe, expect, it } from 'vitest';
import { runCli } from '../../../../functions/cli/cli.ts';
import { asObject, parseJson, type JsonObject } from '../../../../lib/domain/json.ts';

type Answer = object | ((body: JsonObject) => object);

/** The command line against a gateway that gives these answers, by method and path. */
async function run(args: readonly string[], answers: Readonly<Record<string, Answer>> = {}, confirm = false) {
  const sent: { readonly route: string; readonly body: JsonObject }[] = [];
  const asked: string[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    fetch: async (url, { method, body = '' }) => {
      const route = `${method} ${new URL(url).pathname.replace('/admin/v1', '')}`;
      const given = asObject(parseJson(body));
      sent.push({ route, body: given });
      const answer = answers[route];
      if (answer === undefined) throw new Error('nobody listens');
      return {
        status: 200,
        text: async () => JSON.stringify(typeof answer === 'function' ? answer(given) : answer),
      };
    },
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-told' }),
    nowMs: () => Date.parse('2026-11-24T10:00:00Z'),
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    env: (name) => (name === 'FAIRLEAD_ENDPOINT' ? 'http://127.0.0.1:8787' : undefined),
    confirm: async (question) => {
      asked.push(question);
      return confirm;
    },
  });
  return { code, out, err, sent, asked };
}

const standing = { region: 'eu-central-1', waiting: 3, dead: 2 };

describe('settlements', () => {
  it('are counted', async () => {
    const { code, out, err } = await run(['settlements'], { 'GET /settlements': standing });
    expect([code, out, err]).toEqual([0, ['in eu-central-1: 3 waiting, 2 dead'], []]);
  });

  it('are shown with the oldest of the dead, and the last replay', async () => {
    const { out } = await run(['settlements'], {
      'GET /settlements': {
        ...standing,
        deadSince: '2026-11-23T08:00:00.000Z',
        lastReplay: { state: 'completed', moved: 40, startedAt: '2026-11-22T00:00:00.000Z' },
      },
    });
    expect(out).toEqual([
      'in eu-central-1: 3 waiting, 2 dead (the oldest seen since 2026-11-23T08:00:00.000Z; deleted after 14 days)',
      'last replay: completed, 40 moved, begun 2026-11-22T00:00:00.000Z',
    ]);
  });

  it.each([
    [{ begun: true }, 'replaying 2; fairlead settlements shows how far it is'],
    [
      { begun: false, lastReplay: { state: 'running', moved: 1, startedAt: '2026-11-24T00:00:00.000Z' } },
      'a replay is running already',
    ],
    [{ begun: false, dead: 0 }, 'there is nothing to replay'],
  ])('are replayed: %j', async (answer, said) => {
    const { code, err, sent } = await run(['settlements', 'replay'], {
      'POST /settlements/replay': { ...standing, ...answer },
    });
    expect([code, err]).toEqual([0, [said]]);
    expect(sent.map(({ route }) => route)).toEqual(['POST /settlements/replay']);
  });

  it('as JSON are the answer', async () => {
    const { out } = await run(['settlements', '--json'], { 'GET /settlements': standing });
    expect(JSON.parse(out.join('\n'))).toEqual(standing);
  });
});

const quota = {
  owner: 'team/research',
  quota: '1d',
  unit: 'microUsd',
  until: '2026-11-25T00:00:00.000Z',
  handedOver: { 'us-east-1': 3_000_000 },
  remains: [],
};
const page = { site: 'eu-central-1', heirs: ['us-east-1', 'ap-northeast-1'], looked: 2, quotas: [quota] };
const leave = ['region', 'leave', 'eu-central-1'];
const bodies = (sent: readonly { readonly body: JsonObject }[]) => sent.map(({ body }) => body);

describe('a region that leaves', () => {
  it('is shown, asked about, and handed over', async () => {
    const { code, out, err, sent, asked } = await run(leave, { 'POST /region/leave': page }, true);
    expect(code).toBe(0);
    expect(bodies(sent)).toEqual([
      { site: 'eu-central-1', dryRun: true },
      { site: 'eu-central-1', dryRun: false },
    ]);
    expect(asked).toEqual(['is eu-central-1 out of traffic, and are its rights to be handed over?']);
    expect(err[0]).toBe('eu-central-1 would hand over to us-east-1, ap-northeast-1; 2 hard limits looked at');
    expect(out).toEqual([
      'eu-central-1 handed over to us-east-1, ap-northeast-1; 2 hard limits looked at',
      'OWNER          LIMIT  UNTIL                     HANDED OVER                REMAINS',
      'team/research  1d     2026-11-25T00:00:00.000Z  3.000000 USD to us-east-1',
    ]);
  });

  it('is left as it is where the answer is no, or nobody answers', async () => {
    const { code, sent, err, out } = await run(leave, { 'POST /region/leave': page });
    expect([code, out, err.at(-1)]).toEqual([1, [], 'nothing was handed over; --yes does it without asking']);
    expect(bodies(sent)).toEqual([{ site: 'eu-central-1', dryRun: true }]);
  });

  it.each([
    ['--dry-run', true],
    ['--yes', false],
  ])('with %s is asked for once, dry: %s', async (flag, dryRun) => {
    const { code, sent, asked } = await run([...leave, flag], { 'POST /region/leave': page });
    expect([code, bodies(sent), asked]).toEqual([0, [{ site: 'eu-central-1', dryRun }], []]);
  });

  it('with both flags is a dry run', async () => {
    const { sent } = await run([...leave, '--yes', '--dry-run'], { 'POST /region/leave': page });
    expect(bodies(sent)).toEqual([{ site: 'eu-central-1', dryRun: true }]);
  });

  it('is gone through page by page, and told as one', async () => {
    const { out, sent } = await run([...leave, '--yes', '--json'], {
      'POST /region/leave': ({ after }: JsonObject) => ({
        ...page,
        ...(after === undefined && { next: 'second' }),
        ...(after === 'second' && { next: 'third' }),
      }),
    });
    expect(bodies(sent)).toEqual(
      [{}, { after: 'second' }, { after: 'third' }].map((more) => ({
        site: 'eu-central-1',
        dryRun: false,
        ...more,
      })),
    );
    expect(JSON.parse(out.join('\n'))).toEqual({
      site: 'eu-central-1',
      dryRun: false,
      heirs: page.heirs,
      looked: 6,
      quotas: [quota, quota, quota],
      unreadable: [],
    });
  });

  it('says what remains and why, and when to ask again', async () => {
    const remains = [
      { reason: 'unsettled', amount: 400_000, attempts: 3 },
      { reason: 'given_back', amount: 5 },
    ];
    const { code, out, err } = await run([...leave, '--yes'], {
      'POST /region/leave': { ...page, quotas: [{ ...quota, remains }] },
    });
    expect(code).toBe(0);
    expect(out.at(-1)).toContain(
      '0.400000 USD held by 3 attempts that are not settled, 0.000005 USD given back meanwhile',
    );
    expect(err).toEqual(['attempts were under way: run this again when they are over, 15 minutes at most']);
  });

  it('says what is owed, which no repeat changes', async () => {
    const owed = { ...quota, unit: 'tokens', handedOver: {}, remains: [{ reason: 'owed', amount: 1_500 }] };
    const { out, err } = await run([...leave, '--yes'], {
      'POST /region/leave': { ...page, quotas: [owed] },
    });
    expect(out.at(-1)).toContain('1,500 tokens owed since the limit was lowered');
    expect(err).toEqual([]);
  });

  it('fails where an owner could not be read', async () => {
    const { code, out } = await run([...leave, '--yes'], {
      'POST /region/leave': { ...page, quotas: [], unreadable: ['team/odd'] },
    });
    expect(code).toBe(1);
    expect(out.slice(1)).toEqual([
      'nothing to hand over',
      'not handed over: team/odd is stored in a shape this version does not know',
    ]);
  });
});

it.each([
  [['settlements', 'reply'], 'there is no command "settlements reply"; did you mean "replay"?'],
  [['region'], 'leave is missing'],
  [['region', 'join', 'x'], 'there is no command "region join"; known are leave'],
  [['region', 'leave'], 'SITE is missing'],
])('%j is wrong usage, and asks nobody', async (args, message) => {
  const { code, err, sent } = await run(args);
  expect([code, err, sent]).toEqual([2, [`fairlead: ${message}; see fairlead --help`], []]);
});

it.each(['settlements', 'region'])('%s has help of its own', async (command) => {
  const { code, out } = await run([command, '--help']);
  expect([code, out[0]?.startsWith(`fairlead ${command}`)]).toEqual([0, true]);
});
