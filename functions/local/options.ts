import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** A gateway document; absent: the demo. */
  readonly configFile?: string;
  readonly port: number;
  readonly region: string;
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
/** Lies in no residency zone. */
const defaultRegion = 'local';

export const flagsHelp = `  --config FILE   gateway document, .json, .yaml or .yml (default: a demo with scripted providers)
  --port N        port on 127.0.0.1, 0 for a free one (default ${defaultPort})
  --regions NAME  region to play, such as eu-central-1 (default ${defaultRegion}; one only in this version)
  --data DIR      keep the database there (default: in memory)
  --verbose       one JSON line per request on standard output
  --help          this text`;

const flags = {
  config: { type: 'string' },
  port: { type: 'string' },
  regions: { type: 'string' },
  data: { type: 'string' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the command line (without node and script). Never throws. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const read = readFlags(args);
  if (typeof read === 'string') return wrong(read);
  if (read.help === true) return { kind: 'help' };
  const port = readPort(read.port);
  if (port === undefined) {
    return wrong(`--port must be a number from 0 to 65535, received "${read.port}"`);
  }
  const regions = (read.regions ?? defaultRegion).split(',').map((region) => region.trim());
  const [region = ''] = regions;
  if (regions.length > 1) {
    return wrong('--regions takes one region in this version; several come with a later one');
  }
  if (!/^[a-z][a-z0-9-]{1,31}$/.test(region)) {
    return wrong(`--regions must be a region such as eu-central-1, received "${region}"`);
  }
  for (const name of ['config', 'data'] as const) {
    if (read[name]?.trim() === '') return wrong(`--${name} needs a path`);
  }
  return {
    kind: 'run',
    options: {
      ...(read.config !== undefined && { configFile: read.config }),
      ...(read.data !== undefined && { dataDirectory: read.data }),
      port,
      region,
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

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65_535 ? port : undefined;
}

const wrong = (message: string): ParsedOptions => ({ kind: 'wrong', message });
