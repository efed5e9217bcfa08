import type { Figures, Percentiles, Summary } from './summary.ts';

/** The figures of all documents side by side, as Markdown: over the whole run, then within each incident. */
export function render(summaries: readonly Summary[]): string {
  const whole = table(
    ['document', ...heads],
    summaries.map(({ document, whole: figures }) => [document, ...cells(figures)]),
  );
  const [first] = summaries;
  const incidents = (first?.incidents ?? []).map(({ name }, at) => {
    const rows = summaries.flatMap(({ document, incidents: own }) => {
      const figures = own[at]?.figures;
      return figures === undefined ? [] : [[document, ...cells(figures)]];
    });
    return [
      `During "${name}", ${first?.incidents[at]?.figures.requests ?? 0} requests:`,
      '',
      table(['document', ...heads], rows),
    ];
  });
  const requests = `${first?.whole.requests ?? 0} requests:`;
  return `${[[requests, '', whole], ...incidents].map((part) => part.join('\n')).join('\n\n')}\n`;
}

const heads = [
  'answered',
  'first token p50 / p95 / p99, s',
  'whole answer p50 / p95 / p99, s',
  'cost, USD',
  'attempts',
  'hedges',
  'outside its zone',
  'answers from',
];

const cells = (figures: Figures): readonly string[] => [
  percent(figures.availability, 2),
  seconds(figures.firstTokenMs),
  seconds(figures.wholeMs),
  dollars(figures.costUsd) + (figures.unpriced > 0 ? ` (${figures.unpriced} unpriced)` : ''),
  number(figures.attemptsPerRequest, 3),
  String(figures.hedges),
  String(figures.outsideZones),
  sharesText(figures.shares),
];

/** Never 100 % where something is missing. */
function percent(share: number, decimals: number): string {
  if (Number.isNaN(share)) return '–';
  const scale = 10 ** (decimals + 2);
  return `${((Math.floor(share * scale) / scale) * 100).toFixed(decimals)} %`;
}

const dollars = (usd: number): string => usd.toFixed(usd > 0 && usd < 1 ? 4 : 2);

const seconds = ({ p50, p95, p99 }: Percentiles): string =>
  [p50, p95, p99].map((ms) => number(ms / 1000, 2)).join(' / ');

const number = (value: number, decimals: number): string =>
  Number.isNaN(value) ? '–' : value.toFixed(decimals);

const sharesText = (shares: Figures['shares']): string =>
  Object.entries(shares)
    .map(([provider, share]) => `${provider} ${(share * 100).toFixed(0)} %`)
    .join(', ') || '–';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
};
