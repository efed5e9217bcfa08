import { basename, dirname, join, relative } from 'node:path';
import * as esbuild from 'esbuild';

const repository = join(import.meta.dirname, '../../..');

/** The gateway function's source, relative to the repository. */
export const gatewayEntry = 'functions/gateway/handler.ts';

/** The function that carries out queued settlements. */
export const settlementEntry = 'functions/settlement/handler.ts';

/** The function behind the administration's routes. */
export const adminEntry = 'functions/admin/handler.ts';

/** The function that looks after replicas and keys. */
export const maintenanceEntry = 'functions/maintenance/handler.ts';

/** The function that stores a first, empty document. */
export const seedEntry = 'functions/seed/handler.ts';

/** The function that puts the policy of a replica of the ledger. */
export const guardEntry = 'functions/guard/handler.ts';

/** The file Lambda loads: a function's handler is `index.handler`. */
export const entryFile = 'index.mjs';

/**
 * Bundles a function as it is deployed: everything inside (the AWS SDK too), and whatever is imported with `import()`
 * in a chunk of its own, loaded when first needed. NodejsFunction cannot do this: it asks esbuild for one file.
 * The output depends on nothing but the sources.
 * @param entry of the function, relative to the repository.
 * @param outputDirectory receives `index.mjs` and `chunks/`.
 * @throws esbuild's BuildFailure, naming file and line.
 */
export function bundleFunction(entry: string, outputDirectory: string): esbuild.Metafile {
  const { metafile } = esbuild.buildSync({
    absWorkingDir: repository,
    entryPoints: { index: entry },
    outdir: outputDirectory,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(repository, 'functions/gateway/role-credentials.ts') },
    // Parses browsers' user agents; the SDK asks for it in browsers only.
    external: ['bowser'],
    // CommonJS packages inside an ES module ask for `require`.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/**
 * Minified bytes: of the file Lambda loads, of everything a function without rules may ever load, and of the language of rules
 * (CEL and RE2), which only a document with rules loads. The second was 600 KB until live health, strategies and
 * continued answers came, which no function does without.
 */
export const gatewayBudget = { entryBytes: 150_000, allBytes: 660_000, ruleLanguageBytes: 150_000 };

/** Whether a file of the bundle is there for the language of rules. */
export const isRuleLanguage = ({ sources }: BundleFile): boolean =>
  [...sources.keys()].some((source) => /cel-js|@bufbuild\/re2/.test(source));

/** One file of a bundle. */
export interface BundleFile {
  /** Relative to the output directory. */
  readonly file: string;
  readonly bytes: number;
  /** Source file, relative to the repository -> bytes of it in this file. */
  readonly sources: ReadonlyMap<string, number>;
}

/** The files of a bundle: the entry first, then by size. */
export function describeBundle(metafile: esbuild.Metafile): readonly BundleFile[] {
  const outputs = Object.entries(metafile.outputs);
  const entry = outputs.map(([path]) => path).find((path) => basename(path) === entryFile) ?? entryFile;
  return outputs
    .map(([path, { bytes, inputs }]): BundleFile => ({
      file: relative(dirname(entry), path),
      bytes,
      sources: new Map(Object.entries(inputs).map(([source, { bytesInOutput }]) => [source, bytesInOutput])),
    }))
    .sort((a, b) => Number(b.file === entryFile) - Number(a.file === entryFile) || b.bytes - a.bytes);
}
