import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readConfigFile } from '../../functions/local/config-file.ts';
import { localRules } from '../../functions/local/governance.ts';
import { exampleModel, withReadyKey } from '../../functions/local/ready-key.ts';
import { type GatewayDocument, parseDocument } from '../../lib/policy/document.ts';
import { clearKey } from './governance.ts';
import { dayArrivals, plannedRequests, scaledDocument, scaledWorld } from './day.ts';
import type { Options } from './options.ts';
import { InvalidRun } from './run.ts';
import { readTrace, TraceError, type Arrival } from './trace.ts';
import { parseWorld, World } from './world.ts';

/** One document of a comparison. */
export interface Contestant {
  /** The file, as it was given. */
  readonly name: string;
  readonly document: GatewayDocument;
  readonly model: string;
  readonly key: string;
  readonly warnings: readonly string[];
}

/** Everything a comparison needs, read and checked. */
export interface Scenario {
  readonly contestants: readonly Contestant[];
  readonly world: World;
  /** The same arrivals for every document. */
  readonly arrivals: () => AsyncIterable<Arrival> | Iterable<Arrival>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const dayDocuments = ['1-single', '2-weighted', '3-adaptive', '4-cheapest', '5-together'] as const;
const dayModel = 'chat-large';
const dayKey = 'app';

/** Reads what the options name. Throws InvalidRun: one line that says what to change, further ones where. */
export function scenarioOf(options: Options): Scenario {
  const { documents, trace, requests, seed } = options;
  const isDay = documents.length === 0;
  const scale = isDay && trace === undefined ? requests / plannedRequests : 1;
  const contestants = isDay
    ? dayDocuments.map((name) => {
        const contestant = readContestant(here(`day/${name}.yaml`), {
          model: dayModel,
          key: dayKey,
          ...options,
        });
        // That a key may not use every provider it lists is what the day shows.
        return { ...contestant, name, document: scaledDocument(contestant.document, scale), warnings: [] };
      })
    : documents.map((path) => readContestant(path, options));
  return {
    contestants,
    world: readWorld(options.world ?? here(isDay ? 'day/world.yaml' : 'world.yaml'), scale),
    arrivals: () => {
      if (trace !== undefined) return readTraceFile(trace);
      const arrivals = dayArrivals(requests, seed);
      return isDay ? arrivals : anonymous(arrivals);
    },
  };
}

/** The day's virtual keys are those of its own documents. */
function* anonymous(arrivals: Iterable<Arrival>): Generator<Arrival> {
  for (const { atMs, inputTokens, outputTokens } of arrivals) yield { atMs, inputTokens, outputTokens };
}

/** A document without virtual keys gets one that may use everything, as the local runner gives it. */
function readContestant(path: string, asked: Pick<Options, 'model' | 'key'>): Contestant {
  const ready = withReadyKey(read(path), () => clearKey('local'));
  const parsed = parseDocument(ready.document, localRules);
  if (!parsed.ok) {
    const problems = parsed.problems.map((each) => `  ${each.path}: ${each.message}`);
    throw new InvalidRun([`${path} is not a gateway document that can be stored:`, ...problems].join('\n'));
  }
  const { document, warnings } = parsed;
  const ids = (document.virtualKeys ?? []).map(({ id }) => id);
  const key = asked.key ?? ids[0] ?? '';
  if (!ids.includes(key)) throw new InvalidRun(`${path}: there is no virtual key "${key}"`);
  const model = asked.model ?? exampleModel(ready.document);
  return { name: path, document, model, key, warnings };
}

function readWorld(path: string, scale: number): World {
  const parsed = parseWorld(read(path));
  if (!parsed.ok) {
    throw new InvalidRun([`${path} is no world:`, ...parsed.problems.map((each) => `  ${each}`)].join('\n'));
  }
  return new World(scaledWorld(parsed.file, scale));
}

function read(path: string): unknown {
  const file = readConfigFile(path);
  if (!file.ok) throw new InvalidRun(file.message);
  return file.value;
}

async function* readTraceFile(path: string): AsyncGenerator<Arrival> {
  try {
    yield* readTrace(createReadStream(path, 'utf8'));
  } catch (error) {
    if (error instanceof TraceError) throw new InvalidRun(`${path}: ${error.message}`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code !== undefined) throw new InvalidRun(`trace ${path} cannot be read (${code})`);
    throw error;
  }
}
