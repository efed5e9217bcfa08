/** One request as it arrives. */
export interface Arrival {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Absent: what the run asks for. */
  readonly model?: string;
  /** The id of a virtual key; absent: the run's. */
  readonly key?: string;
  readonly session?: string;
  /** The gateway region it arrives at; absent: the world's first. */
  readonly region?: string;
}

/** A trace that cannot be read: the message names line, column and what it must be. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

const required = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'] as const;
const optional = ['model', 'key', 'session', 'region'] as const;
type Column = (typeof required)[number] | (typeof optional)[number];
const known: readonly string[] = [...required, ...optional];
const isColumn = (name: string): name is Column => known.includes(name);

/** More than any model's window; a longer prompt would not fit a request either. */
const mostTokens = 1_000_000;

/** Where seconds begin that are too few for a date: a Monday, UTC. */
const originMs = Date.UTC(2026, 0, 5);

/**
 * Arrivals of a CSV file, line by line as its text comes: the public Azure LLM inference traces
 * (github.com/Azure/AzurePublicDataset, 2023 and 2024: `TIMESTAMP,ContextTokens,GeneratedTokens`), optionally with the
 * columns `model`, `key`, `session` and `region`. Timestamps are UTC unless they carry an offset, or seconds, since the
 * Unix epoch or (below 10^9) since any Monday.
 * Throws TraceError at the first line that is wrong.
 */
export async function* readTrace(text: AsyncIterable<string>): AsyncGenerator<Arrival> {
  let columns: readonly Column[] | undefined;
  let number = 0;
  let lastMs = -Infinity;
  for await (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '') continue;
    if (columns === undefined) {
      columns = readHeader(line.replace(/^\uFEFF/, ''), number);
      continue;
    }
    const arrival = readArrival(columns, line, number);
    if (arrival.atMs < lastMs) {
      throw new TraceError(
        `line ${number}: TIMESTAMP is earlier than the line before; sort the trace by time`,
      );
    }
    lastMs = arrival.atMs;
    yield arrival;
  }
  if (columns === undefined) throw new TraceError(`the trace is empty; its first line must be ${required}`);
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function readHeader(line: string, number: number): readonly Column[] {
  const names = cellsOf(line);
  const columns = names.filter(isColumn);
  const unknown = names.find((name) => !isColumn(name));
  if (unknown !== undefined) {
    throw new TraceError(`line ${number}: column "${shown(unknown)}" is none of ${known.join(', ')}`);
  }
  const missing = required.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new TraceError(`line ${number}: column ${missing} is missing`);
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw new TraceError(`line ${number}: column ${twice} is there twice`);
  return columns;
}

function readArrival(columns: readonly Column[], line: string, number: number): Arrival {
  const cells = cellsOf(line);
  if (cells.length !== columns.length) {
    throw new TraceError(`line ${number}: ${cells.length} values under ${columns.length} columns`);
  }
  const cell = (column: Column): string | undefined => cells[columns.indexOf(column)];
  const wrong = (column: Column, rule: string): TraceError =>
    new TraceError(`line ${number}: ${column} must be ${rule}, not "${shown(cell(column) ?? '')}"`);
  const tokens = (column: 'ContextTokens' | 'GeneratedTokens'): number => {
    const written = cell(column) ?? '';
    const count = /^\d+$/.test(written) ? Number(written) : Infinity;
    if (count > mostTokens) throw wrong(column, `a whole number up to ${mostTokens}`);
    return count;
  };
  const atMs = timeMs(cell('TIMESTAMP') ?? '');
  if (atMs === undefined) throw wrong('TIMESTAMP', '"2023-11-16 18:17:03.9799600" or seconds');
  const named = optional.flatMap((column) => {
    const value = cell(column);
    return value === undefined || value === '' ? [] : [[column, value] as const];
  });
  return {
    atMs,
    inputTokens: tokens('ContextTokens'),
    outputTokens: tokens('GeneratedTokens'),
    ...Object.fromEntries(named),
  };
}

const cellsOf = (line: string): readonly string[] => line.split(',').map((cell) => cell.trim());

const timePattern = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** Whole milliseconds since the Unix epoch; undefined for what is no time. */
export function timeMs(text: string): number | undefined {
  if (/^\d{1,10}(\.\d+)?$/.test(text)) {
    const seconds = Number(text);
    return (seconds < 1e9 ? originMs : 0) + Math.round(seconds * 1000);
  }
  const [, year, month, day, hour, minute, second, fraction = '.0', offset = 'Z'] =
    timePattern.exec(text) ?? [];
  const whole = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  // A day that no month has is counted on into the next one.
  const isThere =
    new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return Number.isNaN(whole) || !isThere ? undefined : whole + Math.round(Number(`0${fraction}`) * 1000);
}

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
