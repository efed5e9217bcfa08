import { randomBytes } from 'node:crypto';
import { readConfigFile } from './config-file.ts';
import { DataDirectoryUnusable } from './data-directory.ts';
import { demoModel, startDemo } from './demo.ts';
import { InvalidDocument } from './invalid-document.ts';
import type { LocalGateway } from './local-gateway.ts';
import { type Options, parseOptions } from './options.ts';
import { PortInUse } from './listen.ts';
import { adminHint, exampleCurl, helpText, hintForKeys } from './text.ts';

/** Ends the process within a second of a signal, whatever is still open. */
const shutdownMs = 900;

/** Gives administrators the same secret in every run; otherwise each run has its own. */
const adminSecretVariable = 'FAIRLEAD_ADMIN_SECRET';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`fairlead: ${line}\n`);
const readEnv = (name: string): string | undefined => process.env[name];

const parsed = parseOptions(process.argv.slice(2));
if (parsed.kind === 'help') print(helpText);
else if (parsed.kind === 'wrong') fail(2, [parsed.message]);
else await run(parsed.options);

async function run(options: Options): Promise<void> {
  const file = options.configFile === undefined ? undefined : readConfigFile(options.configFile);
  if (file?.ok === false) return fail(2, [file.message]);
  // Only now: the rest takes a third of a second to load, which a mistyped flag should not wait for.
  const { startGateways } = await import('./start-gateways.ts');
  const demo = file === undefined ? await startDemo() : undefined;
  const adminSecret = readEnv(adminSecretVariable) ?? randomBytes(24).toString('base64url');
  try {
    const { gateways, close } = await startGateways(options, {
      document: file === undefined ? demo?.document : file.value,
      adminSecret,
      readEnv,
      log: (record) => {
        if (options.verbose) print(JSON.stringify(record));
      },
      onFailure: (record) => complain(JSON.stringify(record)),
    });
    onSignals(async () => {
      await Promise.all([close(), demo?.close()]);
    });
    greet(gateways, demo !== undefined, adminSecret);
  } catch (error) {
    await demo?.close();
    explain(error, options);
  }
}

function greet(gateways: readonly LocalGateway[], demo: boolean, adminSecret: string): void {
  const [home] = gateways;
  if (home === undefined) return;
  home.warnings.forEach((warning) => complain(`warning: ${warning}`));
  gateways.forEach(({ region, baseUrl }) => print(`fairlead ${region} ${baseUrl}`));
  print('');
  print(exampleCurl(demo ? { ...home, model: demoModel } : home));
  print('');
  print(adminHint(home, adminSecret));
  if (home.keyAdded) {
    print('');
    print('The document has no virtualKeys, so this key was made for this run; it opens every provider.');
  }
  const hint = demo ? hintForKeys(readEnv) : undefined;
  if (hint !== undefined) print(`\n${hint}`);
}

function explain(error: unknown, options: Options): void {
  if (error instanceof InvalidDocument) {
    const at = options.configFile ?? 'the demo document';
    return fail(2, [
      `${at}: ${error.message}`,
      ...error.problems.map(({ path, message }) => `  ${path}: ${message}`),
    ]);
  }
  if (error instanceof PortInUse) return fail(1, [`${error.message}; choose another with --port`]);
  if (error instanceof DataDirectoryUnusable)
    return fail(1, [`${error.message}; choose another with --data`]);
  fail(1, [error instanceof Error ? `could not start: ${error.message}` : 'could not start']);
}

function fail(code: number, lines: readonly string[]): void {
  lines.forEach((line, index) => (index === 0 ? complain(line) : process.stderr.write(`${line}\n`)));
  process.exitCode = code;
}

function onSignals(close: () => Promise<void>): void {
  const end = (): void => {
    setTimeout(() => process.exit(0), shutdownMs).unref();
    void close().finally(() => process.exit(0));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}
