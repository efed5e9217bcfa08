import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  adminEntry,
  bundleFunction,
  describeBundle,
  gatewayBudget,
  gatewayEntry,
  isRuleLanguage,
  settlementEntry,
} from '../../cdk/constructs/code/bundle.ts';

const directory = mkdtempSync(join(tmpdir(), 'fairlead-bundle-'));
afterAll(() => rmSync(directory, { recursive: true }));

const source = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const output = (name: string): string => {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
};
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

source('rarely.ts', `export const answer: string = 'loaded when first needed';`);
source('old.cjs', `module.exports = require('node:path').basename('/a/common-js');`);
const entry = source(
  'handler.ts',
  `import old from './old.cjs';
   export const handler = async () => [old, (await import('./rarely.ts')).answer];`,
);

describe('a bundle', () => {
  it('puts what is imported on demand into a file of its own, and runs', async () => {
    const folder = output('split');
    const [index, ...chunks] = describeBundle(bundleFunction(entry, folder)).map(({ file }) => file);

    expect(index).toBe('index.mjs');
    expect(chunks).toContainEqual(expect.stringMatching(/^chunks\/rarely-[A-Z0-9]{8}\.mjs$/));
    expect(readFileSync(join(folder, 'index.mjs'), 'utf8')).not.toContain('loaded when first needed');

    const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
    await expect(handler()).resolves.toEqual(['common-js', 'loaded when first needed']);
  });

  it('depends on nothing but the sources', () => {
    const [once, again] = [output('once'), output('again')];
    bundleFunction(entry, once);
    bundleFunction(entry, again);
    expect(filesOf(again)).toEqual(filesOf(once));
  });

  it('tells where its bytes come from', () => {
    const [index] = describeBundle(bundleFunction(entry, output('described')));
    expect([...(index?.sources.keys() ?? [])].map((path) => path.split('/').at(-1))).toEqual([
      'old.cjs',
      'handler.ts',
    ]);
  });

  it.each([
    ['settlements', settlementEntry, /node_modules\/(?:zod|yaml|dynalite|aws-cdk-lib)\/|^functions\/local\//],
    ['administration', adminEntry, /node_modules\/(?:yaml|dynalite|aws-cdk-lib)\/|^functions\/local\//],
  ])('of %s holds nothing that only a laptop needs', (name, functionEntry, unwanted) => {
    const sources = describeBundle(bundleFunction(functionEntry, output(name))).flatMap((file) => [
      ...file.sources.keys(),
    ]);
    expect(sources).toContain(functionEntry);
    expect(sources.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('of the gateway keeps its budget', () => {
    const files = describeBundle(bundleFunction(gatewayEntry, output('gateway')));
    const bytesOf = (some: typeof files): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
    const language = files.filter(isRuleLanguage);
    expect(bytesOf(files.slice(0, 1))).toBeLessThanOrEqual(gatewayBudget.entryBytes);
    expect(bytesOf(files.filter((file) => !isRuleLanguage(file)))).toBeLessThanOrEqual(
      gatewayBudget.allBytes,
    );
    expect(bytesOf(language)).toBeGreaterThan(0);
    expect(bytesOf(language)).toBeLessThanOrEqual(gatewayBudget.ruleLanguageBytes);
  });
});
