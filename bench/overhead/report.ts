import { availableParallelism, cpus } from 'node:os';
import { canPin } from './ipc.ts';
import type { CpuWorkload, Samples, Variant, WaitSample } from './measure.ts';
import { streamsPerSecond } from './measure.ts';
import { between, type Between } from './rig.ts';
import { type Spread, spread } from './statistics.ts';

/** What the gateway may cost beside the bare proxy, and beside no gateway at all. */
export const budgets = { jsonCpuRatio: 2, chunkCpuRatio: 1.3, addedFirstTokenMs: 1 } as const;

/** 100 chunks less 1. */
const chunksBetween = 99;

export type Report = ReturnType<typeof reportOf>;

export function reportOf(samples: Samples, rounds: number) {
  const cpuUs = (variant: Between, workload: CpuWorkload): readonly number[] =>
    samples.cpu.filter((s) => s.variant === variant && s.workload === workload).map((s) => s.cpuUs);
  /** The difference takes out what a stream costs whatever its length. */
  const chunkUs = (variant: Between): readonly number[] => {
    const short = cpuUs(variant, 'stream-1');
    return cpuUs(variant, 'stream-100').map(
      (us, round) => (us - (short[round] ?? Number.NaN)) / chunksBetween,
    );
  };
  const compared = (usOf: (variant: Between) => readonly number[]) => {
    const proxy = usOf('proxy');
    const gateway = usOf('gateway');
    return {
      proxyUs: spread(proxy),
      gatewayUs: spread(gateway),
      ratio: spread(gateway.map((us, round) => us / (proxy[round] ?? Number.NaN))),
    };
  };
  const waits = (what: WaitSample['what'], variant: Variant) =>
    samples.waits.filter((s) => s.what === what && s.variant === variant);
  const waited = (what: WaitSample['what']) =>
    (['direct', ...between] as const).map((variant) => {
      const own = waits(what, variant);
      const added = (from: Variant, field: 'medianMs' | 'p99Ms'): Spread =>
        spread(own.map((s, round) => s[field] - (waits(what, from)[round]?.[field] ?? Number.NaN)));
      return {
        variant,
        medianMs: spread(own.map((s) => s.medianMs)),
        p99Ms: spread(own.map((s) => s.p99Ms)),
        addedToDirect: { medianMs: added('direct', 'medianMs'), p99Ms: added('direct', 'p99Ms') },
        addedToProxy: { medianMs: added('proxy', 'medianMs'), p99Ms: added('proxy', 'p99Ms') },
      };
    });
  const pieces = (variant: Between): Spread =>
    spread(
      samples.cpu.filter((s) => s.variant === variant && s.workload === 'stream-100').map((s) => s.pieces),
    );
  const report = {
    machine: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.arch}`,
    pinned: canPin,
    node: process.version,
    date: new Date().toISOString(),
    rounds,
    budgets,
    cpuPerRequest: {
      json1Kb: compared((variant) => cpuUs(variant, 'json-1k')),
      json50Kb: compared((variant) => cpuUs(variant, 'json-50k')),
      stream1Chunk: compared((variant) => cpuUs(variant, 'stream-1')),
      stream100Chunks: compared((variant) => cpuUs(variant, 'stream-100')),
    },
    cpuPerChunk: compared(chunkUs),
    piecesPer100ChunkStream: { proxy: pieces('proxy'), gateway: pieces('gateway') },
    answerAtLowRate: waited('answer'),
    firstToken: { streamsPerSecond, variants: waited('firstToken') },
    rssBytes: between.map((variant) => ({
      variant,
      ...spread(samples.memory.filter((s) => s.variant === variant).map((s) => s.rssBytes)),
    })),
  };
  return { ...report, missed: missedBudgets(report) };
}

function missedBudgets(report: {
  readonly cpuPerRequest: { readonly json1Kb: { readonly ratio: Spread } };
  readonly cpuPerChunk: { readonly ratio: Spread };
  readonly firstToken: {
    readonly variants: readonly { variant: Variant; addedToDirect: { medianMs: Spread } }[];
  };
}): readonly string[] {
  const firstToken = report.firstToken.variants.find(({ variant }) => variant === 'gateway');
  const checks: readonly (readonly [string, number, number])[] = [
    ['CPU of a 1 KB request, ratio', report.cpuPerRequest.json1Kb.ratio.median, budgets.jsonCpuRatio],
    ['CPU of a streamed chunk, ratio', report.cpuPerChunk.ratio.median, budgets.chunkCpuRatio],
    [
      'added time to first token, ms',
      firstToken?.addedToDirect.medianMs.median ?? Number.NaN,
      budgets.addedFirstTokenMs,
    ],
  ];
  return checks
    .filter(([, value, limit]) => !(value <= limit))
    .map(([what, value, limit]) => `${what}: ${value.toFixed(2)}, budget ${limit}`);
}

export function render(report: Report): string {
  const { cpuPerRequest, cpuPerChunk } = report;
  const us = ({ median }: Spread): string => median.toFixed(1).padStart(9);
  const ms = ({ median }: Spread): string => median.toFixed(2).padStart(9);
  const cpuLine = (name: string, row: Report['cpuPerChunk'], budget?: number): string => {
    const { median, min, max } = row.ratio;
    const ratio = `${median.toFixed(2).padStart(7)}  (${min.toFixed(2)} to ${max.toFixed(2)})`;
    return `  ${name.padEnd(28)}${us(row.proxyUs)}${us(row.gatewayUs)}${ratio}${budget === undefined ? '' : `  budget ${budget}`}`;
  };
  const waitLines = (rows: Report['answerAtLowRate']): readonly string[] =>
    rows.map(({ variant, medianMs, p99Ms, addedToDirect, addedToProxy }) => {
      const added =
        variant === 'direct'
          ? ''
          : ms(addedToDirect.medianMs) +
            ms(addedToDirect.p99Ms) +
            (variant === 'proxy' ? '' : ms(addedToProxy.medianMs) + ms(addedToProxy.p99Ms));
      return `  ${variant.padEnd(10)}${ms(medianMs)}${ms(p99Ms)}${added}`;
    });
  const waitHead = `  ${' '.repeat(10)}   median      p99  + direct     +p99   + proxy     +p99`;
  const { proxy, gateway } = report.piecesPer100ChunkStream;
  const lines = [
    `${report.machine}${report.pinned ? ' (one processor each side)' : ''}, Node ${report.node}, ${report.date}, ${report.rounds} rounds; medians of rounds`,
    '',
    'CPU, microseconds of the process between client and upstream',
    `  ${' '.repeat(28)}    proxy  gateway  ratio  (lowest to highest round)`,
    cpuLine('1 KB request and reply', cpuPerRequest.json1Kb, budgets.jsonCpuRatio),
    cpuLine('50 KB request and reply', cpuPerRequest.json50Kb),
    cpuLine('stream of 1 chunk', cpuPerRequest.stream1Chunk),
    cpuLine('stream of 100 chunks', cpuPerRequest.stream100Chunks),
    cpuLine('each further chunk', cpuPerChunk, budgets.chunkCpuRatio),
    `  pieces a client got of 100 chunks: ${proxy.median.toFixed(0)} through the proxy, ${gateway.median.toFixed(0)} through the gateway`,
    '',
    'whole 1 KB answer, one request at a time, ms',
    waitHead,
    ...waitLines(report.answerAtLowRate),
    '',
    `first token at ${report.firstToken.streamsPerSecond} streams a second, ms (budget: ${budgets.addedFirstTokenMs} over direct at the median)`,
    waitHead,
    ...waitLines(report.firstToken.variants),
    '',
    `memory after the load (RSS): ${report.rssBytes.map(({ variant, median }) => `${variant} ${(median / 1e6).toFixed(0)} MB`).join(', ')}`,
    '',
    report.missed.length === 0 ? 'within budget' : `over budget: ${report.missed.join('; ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
