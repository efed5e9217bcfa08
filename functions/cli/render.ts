import type * as z from 'zod';
import type * as shapes from './shapes.ts';
import { amount, table, usd } from './table.ts';

/** Answers of the admin API as lines for a terminal. */

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? '';
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
};

export const changeLines = (changes: readonly shapes.Change[], omitted = 0): readonly string[] => [
  ...changes.map(({ path, before, after }) => {
    if (before === undefined) return `+ ${path}: ${brief(after)}`;
    if (after === undefined) return `- ${path}: ${brief(before)}`;
    return `~ ${path}: ${brief(before)} -> ${brief(after)}`;
  }),
  ...(omitted > 0 ? [`and ${omitted} more`] : []),
];

export const keyLines = ({ keys }: z.infer<typeof shapes.keyList>): readonly string[] =>
  table(
    ['ID', 'TEAM', 'CUSTOMER', 'STATE', 'EXPIRES', 'HASH'].map((title) => ({ title })),
    keys.map(({ id, team = '', customer = '', enabled, expiresAt = '', fingerprint, retiring }) => [
      id,
      team,
      customer,
      enabled ? (retiring.length > 0 ? `enabled, ${retiring.length} retiring` : 'enabled') : 'disabled',
      expiresAt,
      fingerprint,
    ]),
    'no virtual keys',
  );

const quotaLines = (quotas: readonly shapes.QuotaView[]): readonly string[] =>
  table(
    [
      { title: 'LIMIT' },
      { title: 'USED', right: true },
      { title: 'OF', right: true },
      { title: '%', right: true },
      { title: 'KIND' },
      { title: 'RESETS' },
    ],
    quotas.map(({ id, unit, used, limit, enforcement, resetsAt }) => [
      id,
      amount(unit, used),
      amount(unit, limit),
      ((100 * used) / limit).toFixed(1),
      enforcement,
      resetsAt,
    ]),
    'no limits',
  );

export const usageLines = (answer: z.infer<typeof shapes.usage>): readonly string[] => [
  `${answer.owner}, ${answer.from} to ${answer.to}`,
  '',
  ...table(
    [
      { title: 'MODEL' },
      { title: 'REQUESTS', right: true },
      { title: 'INPUT', right: true },
      { title: 'OUTPUT', right: true },
      { title: 'USD', right: true },
    ],
    answer.models.length === 0
      ? []
      : [
          ...answer.models.map((row) => [`${row.provider}/${row.model}`, ...figures(row)]),
          ['total', ...figures(answer.total)],
        ],
    'nothing consumed',
  ),
  '',
  ...quotaLines(answer.quotas),
];

const figures = (row: z.infer<typeof shapes.usage>['total']): readonly string[] => [
  row.requests.toLocaleString('en-US'),
  row.inputTokens.toLocaleString('en-US'),
  row.outputTokens.toLocaleString('en-US'),
  usd(row.costMicroUsd),
];

export const providerKeyLines = ({
  region,
  keys,
}: z.infer<typeof shapes.providerKeys>): readonly string[] => [
  `in ${region}`,
  ...table(
    ['KEY', 'SECRET', 'RESTS', 'LIMITS'].map((title) => ({ title })),
    keys.map(({ provider, key, secret, rests, quotas }) => [
      `${provider}/${key}`,
      secret.state,
      rests.map(({ model, until }) => `${model === '*' ? 'all models' : model} until ${until}`).join(', '),
      quotas
        .map(({ id, unit, used, limit }) => `${id} ${unit} ${((100 * used) / limit).toFixed(0)} %`)
        .join(', '),
    ]),
    'no provider keys',
  ),
];

export const auditLines = ({ records }: z.infer<typeof shapes.audit>): readonly string[] =>
  records.length === 0
    ? ['nothing was changed']
    : records.flatMap(({ version, atMs, action, actor, changes, truncated = 0 }) => [
        `${new Date(atMs).toISOString()}  version ${version}  ${action}  ${actor.arn}${actor.sourceIp === undefined ? '' : `  from ${actor.sourceIp}`}`,
        ...changeLines(changes).map((line) => `  ${line}`),
        ...(truncated > 0 ? [`  and ${truncated} more`] : []),
      ]);

type CandidateShape = z.infer<typeof shapes.decision>['candidates'][number];

/** `by weights, 31 % = 3 x reliability 0.98 x latency 0.25 ...`, or the word and the sentence that dropped it. */
function whyLine({ kept, via = '', lastResort, score, reason = '', detail = '' }: CandidateShape): string {
  if (!kept) return `${reason}: ${detail}`;
  const parts = [`by ${via}`];
  if (lastResort !== undefined) parts.push(lastResortWords[lastResort] ?? lastResort);
  if (score === undefined) return parts.join(', ');
  const { base, share, costMicroUsd, reliability, latency, headroom, warmth } = score;
  const factors = Object.entries({ reliability, latency, headroom, warmth }).flatMap(([name, value]) =>
    value === undefined ? [] : [` x ${name} ${value}`],
  );
  const cost = costMicroUsd === undefined ? '' : `, about ${usd(costMicroUsd)} USD`;
  return [...parts, `${(100 * share).toFixed(1)} % (weight ${base}${factors.join('')})${cost}`].join(', ');
}

const lastResortWords: Readonly<Record<string, string>> = {
  failed: 'its route has failed',
  recovering: 'its route is not let in yet',
  rate_limited: 'its rate limit asked to be left alone',
  window: 'the prompt looks too long for it',
};

export function explainLines(record: z.infer<typeof shapes.decision>): readonly string[] {
  const {
    requestId,
    region,
    startedMs,
    durationMs,
    status,
    requestedModel = '?',
    virtualKeyId = '?',
    rules = [],
  } = record;
  const cost = record.costMicroUsd === undefined ? '' : `, ${usd(record.costMicroUsd)} USD`;
  const outcome = record.errorCode === undefined ? '' : ` (${record.errorCode})`;
  return [
    `${requestId}: "${requestedModel}" for virtual key ${virtualKeyId}, ${new Date(startedMs).toISOString()} in ${region}`,
    `answered ${status}${outcome} in ${durationMs} ms${cost}${record.decision === undefined ? '' : `: ${record.decision}`}`,
    ...(rules.length === 0 ? [] : [`rules that matched: ${rules.join(', ')}`]),
    '',
    ...table(
      ['CANDIDATE', '', 'HEALTH', 'WHY'].map((title) => ({ title })),
      record.candidates.map((candidate) => [
        `${candidate.provider}/${candidate.model}`,
        candidate.kept ? (candidate.lastResort === undefined ? 'kept' : 'kept, last') : 'dropped',
        candidate.health ?? '',
        whyLine(candidate),
      ]),
      'no candidates were looked at',
    ),
    '',
    ...table(
      [
        { title: 'ATTEMPT' },
        { title: 'KEY' },
        { title: 'OUTCOME' },
        { title: 'STATUS', right: true },
        { title: 'MS', right: true },
      ],
      record.attempts.map(({ provider, model, key = '', outcome: what, status: code, durationMs: ms }) => [
        `${provider}/${model}`,
        key,
        what,
        code === undefined ? '' : String(code),
        String(ms),
      ]),
      'no provider was asked',
    ),
  ];
}
