import { describe, expect, it } from 'vitest';
import type { QuotaFields } from '../../../lib/domain/quota-entries.ts';
import type { Quota } from '../../../lib/domain/quota.ts';
import { parseDocument } from '../../../lib/policy/document.ts';
import { compileQuotas, compileSharedQuotas } from '../../../lib/policy/quotas.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../../lib/policy/stored.ts';
import { compileStoredQuotas } from '../../../lib/policy/stored-quotas.ts';
import { markDocument } from '../../../lib/stores/quota-marks.ts';

const owner = { kind: 'team', id: 't' } as const;
const created = { edition: 3, createdAtS: 1_700_000_000 };
const mark = { limit: 1, ...created };
const names = (quotas: readonly Quota[] | undefined) =>
  quotas?.map((quota) => `${quota.owner.kind} ${quota.owner.id} ${quota.id} ${quota.limit}`);

describe('the quotas of an owner', () => {
  it('have limits in whole units, and what is stored beside them', () => {
    const fields: QuotaFields = {
      budgets: [{ id: 'x', limitUsd: 0.000001, every: '1d', enforcement: 'hard', reserveUsd: 0.5, lanes: 4 }],
      rateLimits: [{ requests: 60, tokens: 9, every: '1m', calendar: true }],
      quotaMarks: {
        'x.microUsd': { ...mark, topUp: { window: 'w', amount: 7 }, earlier: { version: 3 } },
        '1m-calendar.requests': mark,
        '1m-calendar.tokens': mark,
      },
    };
    const minute = { owner, ...created, every: '1m', calendar: true, enforcement: 'soft' };
    expect(compileQuotas(owner, fields)).toEqual([
      {
        id: 'x',
        owner,
        ...created,
        unit: 'microUsd',
        limit: 1,
        every: '1d',
        calendar: false,
        enforcement: 'hard',
        lanes: 4,
        reserve: 500_000,
        topUp: { window: 'w', amount: 7 },
      },
      { ...minute, id: '1m-calendar', unit: 'requests', limit: 60 },
      { ...minute, id: '1m-calendar', unit: 'tokens', limit: 9 },
    ]);
  });

  it('are named after their window, apart from one another and from those that have a name', () => {
    const budgets = [
      { limitUsd: 1, every: '1d' },
      { limitUsd: 2, every: '1d' },
      { limitUsd: 3, every: '1d', calendar: true },
      { id: '1d-2', limitUsd: 4, every: '1h' },
      { limitUsd: 5, every: '1d' },
    ] as const;
    const marked = markDocument({ budgets }, new Map(), { version: 1, nowS: 0, topUps: [] });
    expect(compileQuotas(owner, marked).map(({ id }) => id)).toEqual([
      '1d',
      '1d-3',
      '1d-calendar',
      '1d-2',
      '1d-4',
    ]);
  });

  it('are refused where one has no mark: its limit must not be ignored', () => {
    const budgets = [{ limitUsd: 1, every: '1d' }] as const;
    expect(() => compileQuotas(owner, { budgets, quotaMarks: { '1h.microUsd': mark } })).toThrow(
      'a quota of team t is stored without its mark',
    );
  });
});

const budget = (limitUsd: number) => ({ budgets: [{ limitUsd, every: '1d' }] });
const open = (provider: string, limitUsd?: number) => ({
  provider,
  models: ['*'],
  keys: ['*'],
  ...(limitUsd !== undefined && budget(limitUsd)),
});

const key = { id: 'k', hash: `sha256:${'1'.repeat(64)}` };

/** A document as it is stored: checked, marked, through JSON. */
function stored(document: object) {
  const parsed = parseDocument({ providers: { a: { type: 'openai' }, b: { type: 'openai' } }, ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const made = { version: 1, nowS: 0, topUps: [] };
  const {
    customers = [],
    teams = [],
    virtualKeys = [],
    ...policy
  } = markDocument(parsed.document, new Map(), made);
  return {
    compile: () => compileStoredPolicy(throughJson(policy), { version: 1, digest: 'd' }, () => undefined),
    caller: compileStoredCaller(
      throughJson(virtualKeys[0] ?? key),
      throughJson(teams[0]),
      throughJson(customers[0]),
    ),
    team: throughJson(teams[0]),
  };
}

const throughJson = (value: object | undefined): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

const chain = (virtualKey: object, team: object, customer: object) =>
  stored({
    virtualKeys: [{ ...key, team: 't', ...virtualKey }],
    teams: [{ id: 't', customer: 'c', ...team }],
    customers: [{ id: 'c', ...customer }],
  });

describe('the quotas of a caller', () => {
  it('are those of key, team and customer, in this order', () => {
    expect(names(chain(budget(1), budget(2), budget(3)).caller.quotas)).toEqual([
      'virtual_key k 1d 1000000',
      'team t 1d 2000000',
      'customer c 1d 3000000',
    ]);
  });

  it('add up at a provider, those of a team being shared by its keys', () => {
    const { caller } = chain(
      { providers: [open('a', 1), open('b')] },
      { providers: [open('a', 2), open('b', 3)] },
      { providers: [open('a', 4), open('b')] },
    );
    expect(caller.grants.map(({ quotas }) => names(quotas))).toEqual([
      ['grant k/a 1d 1000000', 'grant team:t/a 1d 2000000', 'grant customer:c/a 1d 4000000'],
      ['grant team:t/b 1d 3000000'],
    ]);
  });

  it('stay with a list that is inherited', () => {
    const { caller } = chain({}, {}, { providers: [open('a', 4)] });
    expect(caller.grants.map(({ quotas }) => names(quotas))).toEqual([['grant customer:c/a 1d 4000000']]);
  });

  it.each([
    [{ maxOutputTokens: 5 }, { maxOutputTokens: 3 }, { maxOutputTokens: 4 }, 3],
    [{ maxOutputTokens: 2 }, {}, { maxOutputTokens: 4 }, 2],
    [{}, {}, {}, undefined],
  ])('come with the smallest output limit of %j %j %j', (key, team, customer, expected) => {
    expect(chain(key, team, customer).caller.maxOutputTokens).toBe(expected);
  });
});

describe('the quotas of the policy', () => {
  it('are soft and spread over lanes', async () => {
    const { compile } = stored({
      providers: {
        a: { type: 'openai', ...budget(1), keys: [{ id: 'x', secret: 'fairlead/x', ...budget(2) }] },
      },
      ...budget(3),
    });
    const policy = await compile();
    const provider = policy.providers.get('a');
    const all = [...(provider?.quotas ?? []), ...(provider?.keys[0]?.quotas ?? []), ...policy.quotas];
    expect(names(all)).toEqual([
      'provider a 1d 1000000',
      'provider_key a/x 1d 2000000',
      'document  1d 3000000',
    ]);
    expect(all.map(({ enforcement, lanes }) => [enforcement, lanes])).toEqual(Array(3).fill(['soft', 16]));
  });

  it.each([
    [undefined, 'all'],
    ['failures', 'failures'],
    ['none', 'none'],
  ])('come with which decisions are kept: %s', async (decisionRecords, expected) => {
    const { compile } = stored({ ...(decisionRecords !== undefined && { decisionRecords }) });
    expect((await compile()).decisionRecords).toBe(expected);
  });
});

it('quotas that every request adds to are soft, whatever is stored', () => {
  const fields: QuotaFields = {
    budgets: [{ limitUsd: 1, every: '1d', enforcement: 'hard', lanes: 1 }],
    quotaMarks: { '1d.microUsd': mark },
  };
  expect(compileSharedQuotas(owner, fields)).toMatchObject([{ enforcement: 'soft', lanes: 16 }]);
});

describe('what is stored of one owner', () => {
  it('tells its quotas and those of its provider entries', () => {
    const { team } = chain({}, { ...budget(1), providers: [open('a'), open('b', 2)] }, {});
    expect(names(compileStoredQuotas('team', team))).toEqual([
      'team t 1d 1000000',
      'grant team:t/b 1d 2000000',
    ]);
  });

  it('is refused where it is of no shape this version knows', () => {
    expect(() => compileStoredQuotas('virtual_key', { id: 'k', aLaterField: 1 })).toThrow(
      'the stored virtual key has a shape this version does not know',
    );
  });
});
