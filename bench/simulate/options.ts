import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** Gateway documents to compare; none: the shipped day's. */
  readonly documents: readonly string[];
  /** Absent: the shipped day's arrivals. */
  readonly trace?: string;
  /** Absent: the shipped day's world for its documents, otherwise one in which nothing happens. */
  readonly world?: string;
  /** Of the shipped day. */
  readonly requests: number;
  readonly seed: number;
  readonly environments: number;
  /** What arrivals ask for, and as whom, where they do not say; absent: what the document suggests. */
  readonly model?: string;
  readonly key?: string;
  readonly json: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  /** One line that says what to change. */
  | { readonly kind: 'wrong'; readonly message: string };

export const helpText = `Usage: npm run simulate -- [flags]

Replays arrivals through the gateway's own code on a virtual clock, against simulated providers, and compares gateway
documents side by side. Without flags: five documents over a synthetic day.

  --document FILE      gateway document, .json, .yaml or .yml; repeat it to compare several
  --trace FILE         arrivals, CSV with header TIMESTAMP,ContextTokens,GeneratedTokens and optionally
                       model, key (the id of a virtual key), session, region
  --world FILE         what providers do and what befalls them, .yaml or .json (see bench/simulate/world.yaml)
  --requests N         requests of the synthetic day, whose limits and budgets grow with them (default 40000)
  --seed N             of all randomness: the same seed gives the same table (default 1)
  --environments N     function environments in each region (default 20)
  --model NAME         what arrivals ask for that name no model
  --key ID             the virtual key of arrivals that name none
  --json               figures as JSON
  --help               this text`;

const flags = {
  document: { type: 'string', multiple: true },
  trace: { type: 'string' },
  world: { type: 'string' },
  requests: { type: 'string' },
  seed: { type: 'string' },
  environments: { type: 'string' },
  model: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const numbers = {
  requests: { least: 1, most: 100_000_000, usual: 40_000 },
  seed: { least: 0, most: 4_294_967_295, usual: 1 },
  environments: { least: 1, most: 10_000, usual: 20 },
} as const;

/** Reads the command line (without node and script). Never throws. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
    if (values.help === true) return { kind: 'help' };
    const number = (name: keyof typeof numbers): number => wholeNumber(name, values[name]);
    for (const name of ['trace', 'world', 'model', 'key'] as const) {
      if (values[name]?.trim() === '') throw new Error(`--${name} needs a value`);
    }
    if (values.trace !== undefined && values.requests !== undefined) {
      throw new Error('--requests is for the synthetic day: a --trace has its own');
    }
    const { document = [], trace, world, model, key } = values;
    return {
      kind: 'run',
      options: {
        documents: document,
        ...(trace !== undefined && { trace }),
        ...(world !== undefined && { world }),
        ...(model !== undefined && { model }),
        ...(key !== undefined && { key }),
        requests: number('requests'),
        seed: number('seed'),
        environments: number('environments'),
        json: values.json ?? false,
      },
    };
  } catch (error) {
    // Node's first sentence names the flag; the rest is about escaping dashes.
    const [sentence = ''] = error instanceof Error ? error.message.split('. ') : [];
    return { kind: 'wrong', message: `${sentence}; see --help` };
  }
}

function wholeNumber(name: keyof typeof numbers, text: string | undefined): number {
  const { least, most, usual } = numbers[name];
  if (text === undefined) return usual;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, received "${text}"`);
}
