import type { Import, Source } from './source.ts';

/** One sentence of the architecture, as a check of one file among all. */
export interface Rule {
  readonly name: string;
  /** What a breach would cost. */
  readonly why: string;
  /** What breaks the rule in this file, in a few words each. */
  readonly breaches: (source: Source, all: ReadonlyMap<string, Source>) => readonly string[];
}

const isIn = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)));

const imported = (source: Source, is: (each: Import) => boolean): readonly string[] =>
  source.imports.filter(is).map((each) => `imports ${each.of}`);

const found = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[0].trim());

/** What each part of the house may import of the rest; `lib/pipeline/` stands for `lib/pipeline.ts` too. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'lib/domain/': [],
  'lib/identity/': ['lib/domain/'],
  'lib/policy/': ['lib/domain/'],
  'lib/routing/': ['lib/domain/'],
  'lib/health/': ['lib/domain/'],
  'lib/accounting/': ['lib/domain/'],
  'lib/dialects/': ['lib/domain/'],
  'lib/stores/': ['lib/domain/'],
  'lib/transport/': ['lib/domain/'],
  'lib/telemetry/': ['lib/domain/'],
  'lib/execution/': ['lib/domain/', 'lib/health/', 'lib/dialects/contract.ts'],
  'lib/pipeline/': ['lib/'],
  'lib/admin/': ['lib/domain/', 'lib/policy/', 'lib/identity/', 'lib/accounting/quota/', 'lib/stores/'],
  // A laptop runs all of them; on AWS each is deployed alone.
  'functions/local/': ['lib/', 'functions/'],
  // The command line reads documents from files as the local runner does.
  'functions/cli/': ['lib/', 'functions/local/config-file.ts'],
  'functions/*/': ['lib/'],
  'cdk/': [
    'lib/stores/schema.ts',
    'lib/policy/zones.ts',
    'lib/policy/nearest.ts',
    'lib/admin/routes.ts',
    'lib/telemetry/metric-names.ts',
  ],
};

function partOf(path: string): string | undefined {
  if (path === 'lib/pipeline.ts') return 'lib/pipeline/';
  if (path === 'lib/admin.ts') return 'lib/admin/';
  if (path === 'lib/telemetry.ts') return 'lib/telemetry/';
  return Object.keys(mayImport).find((part) => isIn(path, [part])) ?? /^functions\/[\w-]+\//.exec(path)?.[0];
}

const allowedIn = (part: string): readonly string[] | undefined =>
  mayImport[part] ?? (part.startsWith('functions/') ? mayImport['functions/*/'] : undefined);

const io =
  /^(?:node:(?:http|https|http2|net|tls|dgram|dns|fs|child_process|worker_threads|timers|module)(?:\/|$)|@aws-sdk\/|undici)/;
const ioPlaces = ['lib/stores/', 'lib/transport/', 'lib/telemetry.ts', 'lib/telemetry/'];

/** Writes the catalog at build time: it reads and writes files, and knows the day. */
const generator = ['lib/accounting/catalog/generate.ts'];

const translators = ['lib/dialects/anthropic/', 'lib/dialects/bedrock/', 'lib/dialects/gemini/'];
/** What is known of Claude models is one knowledge, whoever serves them: Bedrock's dialect shares it. */
const sharedByBedrock = [
  'lib/dialects/anthropic/exact-json.ts',
  'lib/dialects/anthropic/models.ts',
  'lib/dialects/anthropic/thinking.ts',
];

const handler = 'functions/gateway/handler.ts';
const neverAtStart =
  /^(?:zod|yaml|aws-cdk-lib|constructs|dynalite|@marcbachmann\/cel-js|@bufbuild\/re2)(?:\/|$)/;

/** What loading a file loads with it, itself included. */
function reached(from: Source, all: ReadonlyMap<string, Source>): ReadonlySet<Source> {
  const seen = new Set([from]);
  for (const source of seen) {
    for (const each of source.imports) {
      const next = each.kind === 'static' ? all.get(each.of) : undefined;
      if (next !== undefined) seen.add(next);
    }
  }
  return seen;
}

export const maxLines = 200;
export const longerFiles: Readonly<Record<string, string>> = {
  'lib/domain/chat.ts': 'one vocabulary, whose types refer to each other',
  'lib/health/phrases.ts': 'a table: one row for each phrase of each provider',
  'lib/policy/document-schema.ts': 'the document in one view, entry by entry',
  'lib/stores/governance-reader.ts': 'one cache whose parts share its state',
  'bench/cold-start.ts': 'a program with its report, read from top to bottom',
};

export const rules: readonly Rule[] = [
  {
    name: 'one direction',
    why: 'functions -> pipeline -> stages -> domain: a stage that knows another cannot be read, tested or replaced alone',
    breaches: (source) => {
      const part = partOf(source.path);
      const may = part === undefined ? undefined : allowedIn(part);
      if (part === undefined || may === undefined) return [];
      return imported(
        source,
        ({ of }) => /^(?:lib|functions|cdk|bench|test)\//.test(of) && !isIn(of, may) && partOf(of) !== part,
      );
    },
  },
  {
    name: 'administration stands apart',
    why: 'what serves requests must not reach what changes the document',
    breaches: (source) =>
      isIn(source.path, ['functions/gateway/', 'functions/settlement/']) ||
      (source.path.startsWith('lib/') && partOf(source.path) !== 'lib/admin/')
        ? imported(source, ({ of }) => partOf(of) === 'lib/admin/')
        : [],
  },
  {
    name: 'a part for every file',
    why: 'a file outside the parts of the house is outside every rule about them',
    breaches: ({ path }) =>
      path.startsWith('lib/') && partOf(path) === undefined ? ['belongs to no part of lib'] : [],
  },
  {
    name: 'I/O at the edge',
    why: 'I/O lives in stores, transport and telemetry, so that everything that decides can be run without a world',
    breaches: (source) =>
      !source.path.startsWith('lib/') || isIn(source.path, [...ioPlaces, ...generator])
        ? []
        : [
            ...imported(source, ({ of }) => io.test(of)),
            ...found(source.code, /\bconsole\.\w+|\b(?<!\.)fetch\(/g),
          ],
  },
  {
    name: 'clock and randomness are ports',
    why: 'what reads the time or a random number itself cannot be tested without waiting or luck',
    breaches: ({ path, code }) =>
      !path.startsWith('lib/') || isIn(path, ['lib/transport/', ...generator])
        ? []
        : found(
            code,
            /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bset(?:Timeout|Interval|Immediate)\b/g,
          ),
  },
  {
    name: 'the environment is read by functions',
    why: 'a variable read in lib is configuration nobody sees in the signature of what needs it',
    breaches: ({ path, code }) => (path.startsWith('lib/') ? found(code, /\bprocess\.env\b/g) : []),
  },
  {
    name: 'dialects load when first needed',
    why: 'lib/dialects/index.ts loads them with import(): a static import puts every provider into every cold start',
    breaches: (source) =>
      source.path.startsWith('test/')
        ? []
        : imported(source, ({ kind, of }) => {
            const home = translators.find((folder) => isIn(of, [folder]));
            if (home === undefined || isIn(source.path, [home])) return false;
            if (source.path === 'lib/dialects/index.ts') return kind === 'static';
            return !(source.path.startsWith('lib/dialects/bedrock/') && sharedByBedrock.includes(of));
          }),
  },
  {
    name: 'a lean gateway',
    why: 'the document is validated when it is stored, and rules are few: zod, yaml, CEL and the CDK would be most of a cold start',
    breaches: (source, all) =>
      source.path !== handler
        ? []
        : [...reached(source, all)].flatMap((each) =>
            each.imports
              .filter(
                ({ kind, of }) =>
                  kind === 'static' && (neverAtStart.test(of) || isIn(of, ['functions/local/'])),
              )
              .map(({ of }) => `reaches ${of} through ${each.path}`),
          ),
  },
  {
    name: 'the generator stays at build time',
    why: 'it reads the price source and writes files',
    breaches: (source) =>
      source.path.startsWith('test/') ? [] : imported(source, ({ of }) => generator.includes(of)),
  },
  {
    name: 'zod as a namespace',
    why: 'import { z } pulls in every locale: 355 KB more than import * as z',
    breaches: (source) =>
      imported(source, ({ of, kind, clause }) => of === 'zod' && kind !== 'type' && !clause.startsWith('*')),
  },
  {
    name: 'honest types',
    why: 'any and ! switch the compiler off where it is needed most',
    breaches: ({ code }) => [
      ...found(code, /(?:[:<|&,(=]|\bas|=>)\s*any\b(?!\s*[:(?=.])/g),
      ...found(code, /[\w)\]]!(?![=\w])/g),
    ],
  },
  {
    name: 'no suppressions, no promises',
    why: 'a silenced error and a thing left to do are defects with a label',
    breaches: ({ comments }) =>
      found(comments, /@ts-(?:ignore|expect-error|nocheck)|eslint-disable|\b(?:TODO|FIXME|XXX|HACK)\b/g),
  },
  {
    name: 'files of a size to read',
    why: `over ${maxLines} lines a file has more than one job; what needs more says why in longerFiles`,
    breaches: ({ path, lines }) =>
      path.startsWith('test/') || lines <= maxLines || Object.hasOwn(longerFiles, path)
        ? []
        : [`has ${lines} lines`],
  },
];

/** Every breach of every rule, ready to be read. */
export const breachesOf = (all: ReadonlyMap<string, Source>): readonly string[] =>
  rules.flatMap(({ name, why, breaches }) =>
    [...all.values()].flatMap((source) =>
      breaches(source, all).map((what) => `${name}: ${source.path} ${what} (${why})`),
    ),
  );
