import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import {
  bundleFunction,
  describeBundle,
  entryFile,
  gatewayBudget as budget,
  gatewayEntry,
  isRuleLanguage,
  type BundleFile,
} from '../cdk/constructs/code/bundle.ts';
import { environmentNames } from '../lib/stores/schema.ts';

/**
 * What a cold start of the gateway function loads: bytes of the very bundle that is deployed, and the time its import
 * takes beside an empty module's. Bytes are a budget (exit code 1 when missed); times are printed, since they depend on
 * the machine.
 *
 *     npm run bench:cold-start -- [--json] [--rounds 15]
 */

/** What no request needs before it needs it, by the sources that would carry it. */
const onDemand: Readonly<Record<string, RegExp>> = {
  Bedrock: /lib\/dialects\/bedrock\/|@smithy\/eventstream-codec|client-bedrock/,
  CEL: /cel-js|@bufbuild\/re2/,
  MCP: /@modelcontextprotocol/,
};

/** Built-ins that Lambda's runtime client has loaded before it imports a function. */
const runtimeBuiltIns =
  'async_hooks buffer crypto dns events fs fs/promises http https net os path stream stream/promises tls url util zlib'.split(
    ' ',
  );

interface Variant {
  readonly name: string;
  readonly module: 'gateway' | 'empty';
  readonly preload: boolean;
}

const variants: readonly Variant[] = [
  { name: 'gateway, built-ins loaded (as on Lambda)', module: 'gateway', preload: true },
  { name: 'empty module, built-ins loaded', module: 'empty', preload: true },
  { name: 'gateway, bare process', module: 'gateway', preload: false },
  { name: 'empty module, bare process', module: 'empty', preload: false },
];

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '15' } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new RangeError(`--rounds: expected a whole number of at least 1; received "${flags.rounds}"`);
}

const directory = mkdtempSync(join(tmpdir(), 'fairlead-cold-start-'));
try {
  const report = measure(directory);
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  process.exitCode = report.missed.length === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

type Report = ReturnType<typeof measure>;

function measure(outputDirectory: string) {
  const files = describeBundle(bundleFunction(gatewayEntry, outputDirectory));
  writeFileSync(join(outputDirectory, 'empty.mjs'), '');
  const loaded = filesLoadedAtImport(outputDirectory);
  const entryBytes = bytesOf(files.filter(({ file }) => file === entryFile));
  const allBytes = bytesOf(files.filter((file) => !isRuleLanguage(file)));
  const ruleLanguageBytes = bytesOf(files.filter(isRuleLanguage));
  const loadedEarly = Object.entries(onDemand).flatMap(([what, sources]) =>
    files
      .filter(({ file }) => loaded.has(file))
      .filter((file) => [...file.sources.keys()].some((source) => sources.test(source)))
      .map(({ file }) => `${what} is loaded at import, in ${file}`),
  );
  return {
    budget,
    entryBytes,
    atImportBytes: bytesOf(files.filter(({ file }) => loaded.has(file))),
    allBytes,
    ruleLanguageBytes,
    allGzipBytes: files.reduce(
      (sum, { file }) => sum + gzipSync(readFileSync(join(outputDirectory, file))).byteLength,
      0,
    ),
    files: files.map(({ file, bytes, sources }) => ({
      file,
      bytes,
      atImport: loaded.has(file),
      packages: byPackage([sources]),
    })),
    packages: byPackage(files.map(({ sources }) => sources)),
    importMs: importTimes(outputDirectory),
    rounds,
    missed: [
      ...overBudget('the entry', entryBytes, budget.entryBytes),
      ...overBudget('all chunks', allBytes, budget.allBytes),
      ...overBudget('the language of rules', ruleLanguageBytes, budget.ruleLanguageBytes),
      ...loadedEarly,
    ],
  };
}

/** Median, in milliseconds, of fresh processes; the order is reversed each round so that no variant profits from it. */
function importTimes(outputDirectory: string): readonly { name: string; medianMs: number }[] {
  const samples = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const file = variant.module === 'gateway' ? entryFile : 'empty.mjs';
      const preload = variant.preload ? runtimeBuiltIns : [];
      const script = `
        for (const name of ${JSON.stringify(preload)}) await import('node:' + name);
        const startedMs = performance.now();
        await import(process.argv[1]);
        process.stdout.write(String(performance.now() - startedMs), () => process.exit());`;
      samples.get(variant)?.push(Number(runInFreshProcess(script, join(outputDirectory, file))));
    }
  }
  return [...samples].map(([{ name }, ms]) => ({ name, medianMs: median(ms) }));
}

/** As Node itself reports them, so that an `import()` at start-up counts too. */
function filesLoadedAtImport(outputDirectory: string): ReadonlySet<string> {
  const script = `
    const { registerHooks } = await import('node:module');
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    await import(process.argv[1]);
    process.stdout.write(JSON.stringify(urls), () => process.exit());`;
  const prefix = pathToFileURL(`${outputDirectory}/`).href;
  const urls: unknown = JSON.parse(runInFreshProcess(script, join(outputDirectory, entryFile)));
  return new Set(
    (Array.isArray(urls) ? urls : [])
      .map(String)
      .filter((url) => url.startsWith(prefix))
      .map((url) => url.slice(prefix.length)),
  );
}

/** The environment a function finds on Lambda; anything it sends at start-up goes nowhere. */
function runInFreshProcess(script: string, file: string): string {
  const prelude = 'globalThis.awslambda = { streamifyResponse: (handler) => handler };\n';
  return execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', prelude + script, pathToFileURL(file).href],
    {
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(Object.values(environmentNames).map((name) => [name, 'bench'])),
        [environmentNames.sites]: 'us-east-1=1',
        [environmentNames.site]: 'us-east-1',
        [environmentNames.zones]: '',
        [environmentNames.zoneEndpoints]: '',
        [environmentNames.replicaEndpoints]: '',
        [environmentNames.unreachableRegions]: '',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      },
    },
  );
}

function render(report: Report): string {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`.padStart(9);
  const largest = (packages: Report['packages'], count: number): string =>
    packages
      .slice(0, count)
      .map(({ name, bytes }) => `${name} ${(bytes / 1000).toFixed(0)}`)
      .join(', ');
  const lines = [
    `entry          ${kb(report.entryBytes)}   budget ${kb(budget.entryBytes)}`,
    `all chunks     ${kb(report.allBytes)}   budget ${kb(budget.allBytes)}   gzip ${kb(report.allGzipBytes)}`,
    `rules' language${kb(report.ruleLanguageBytes)}   budget ${kb(budget.ruleLanguageBytes)}   only with rules`,
    `read at import ${kb(report.atImportBytes)}`,
    '',
    'read at import',
    ...fileLines(true),
    '',
    'read when first needed',
    ...fileLines(false),
    '',
    'by package',
    ...report.packages.slice(0, 12).map(({ name, bytes }) => `  ${kb(bytes)}  ${name}`),
    '',
    `import, median of ${report.rounds} fresh processes`,
    ...report.importMs.map(({ name, medianMs }) => `  ${medianMs.toFixed(1).padStart(6)} ms  ${name}`),
    '',
    report.missed.length === 0 ? 'within budget' : `over budget: ${report.missed.join('; ')}`,
  ];
  return `${lines.join('\n')}\n`;

  function fileLines(atImport: boolean): readonly string[] {
    return report.files
      .filter((file) => file.atImport === atImport)
      .map(({ file, bytes, packages }) => `  ${kb(bytes)}  ${file.padEnd(34)} ${largest(packages, 3)}`);
  }
}

/** Bytes by package, largest first; the repository's own sources are `fairlead`. */
function byPackage(
  sources: readonly ReadonlyMap<string, number>[],
): readonly { name: string; bytes: number }[] {
  const bytes = new Map<string, number>();
  for (const [source, size] of sources.flatMap((map) => [...map])) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? 'fairlead';
    bytes.set(name, (bytes.get(name) ?? 0) + size);
  }
  return [...bytes]
    .map(([name, size]) => ({ name, bytes: size }))
    .sort((a, b) => b.bytes - a.bytes)
    .filter((entry) => entry.bytes > 0);
}

function bytesOf(files: readonly BundleFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function overBudget(what: string, bytes: number, limit: number): readonly string[] {
  return bytes > limit ? [`${what}: ${bytes} bytes, ${bytes - limit} more than ${limit}`] : [];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
