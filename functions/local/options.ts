import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** A gateway document; absent: the demo. */
  readonly configFile?: string;
  /** Of the first region; the others take the next ones. */
  readonly port: number;
  /** At least one, none twice; the first is home. */
  readonly regions: readonly string[];
  /** How late a write reaches the other regions. */
  readonly replicationLagMs: number;
  /** Where the database persists; absent: in memory. */
  readonly dataDirectory?: string;
  readonly verbose: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  /** One line that says what to change. */
  | { readonly kind: 'wrong'; readonly message: string };

export const defaultPort = 8787;
const maxPort = 65_535;
/** Lies in no residency zone. */
const defaultRegion = 'local';
const maxReplicationLagMs = 3_600_000;

export const flagsHelp = `  --config FILE              gateway document, .json, .yaml or .yml (default: a demo with scripted providers)
  --port N                   port on 127.0.0.1, 0 for a free one (default ${defaultPort})
  --regions A,B,...          regions to play, such as us-east-1,eu-central-1, each on the next port with a database of
                             its own, replicated like DynamoDB global tables; the first is home (default ${defaultRegion})
  --replication-lag-ms N     how late a write reaches the other regions (default 0)
  --data DIR                 keep the databases there, a folder for each region (default: in memory)
  --verbose                  one JSON line per request on standard output
  --help                     this text`;

const flags = {
  config: { type: 'string' },
  port: { type: 'string' },
  regions: { type: 'string' },
  'replication-lag-ms': { type: 'string' },
  data: { type: 'string' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the command line (without node and script). Never throws. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const read = readFlags(args);
  if (typeof read === 'string') return wrong(read);
  if (read.help === true) return { kind: 'help' };
  const port = readInteger(read.port ?? String(defaultPort), maxPort);
  if (port === undefined) {
    return wrong(`--port must be a number from 0 to ${maxPort}, received "${read.port}"`);
  }
  const regions = (read.regions ?? defaultRegion).split(',').map((region) => region.trim());
  for (const [index, region] of regions.entries()) {
    if (!/^[a-z][a-z0-9-]{1,31}$/.test(region)) {
      return wrong(`--regions must be regions such as eu-central-1, received "${region}"`);
    }
    if (regions.indexOf(region) !== index) return wrong(`--regions names "${region}" twice`);
  }
  if (port > 0 && port + regions.length - 1 > maxPort) {
    return wrong(
      `--port must be at most ${maxPort - regions.length + 1} for ${regions.length} regions, received "${port}"`,
    );
  }
  const lag = read['replication-lag-ms'];
  const replicationLagMs = readInteger(lag ?? '0', maxReplicationLagMs);
  if (replicationLagMs === undefined) {
    return wrong(`--replication-lag-ms must be a number from 0 to ${maxReplicationLagMs}, received "${lag}"`);
  }
  if (lag !== undefined && regions.length === 1)
    return wrong('--replication-lag-ms needs two --regions or more');
  for (const name of ['config', 'data'] as const) {
    if (read[name]?.trim() === '') return wrong(`--${name} needs a path`);
  }
  return {
    kind: 'run',
    options: {
      ...(read.config !== undefined && { configFile: read.config }),
      ...(read.data !== undefined && { dataDirectory: read.data }),
      port,
      regions,
      replicationLagMs,
      verbose: read.verbose ?? false,
    },
  };
}

type Flags = {
  [Name in keyof typeof flags]?: (typeof flags)[Name]['type'] extends 'string' ? string : boolean;
};

function readFlags(args: readonly string[]): Flags | string {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's first sentence names the flag; the rest is about escaping dashes.
    const [sentence = ''] = error instanceof Error ? error.message.split('. ') : [];
    return `${sentence}; see --help`;
  }
}

function readInteger(text: string, most: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  return value >= 0 && value <= most ? value : undefined;
}

const wrong = (message: string): ParsedOptions => ({ kind: 'wrong', message });
