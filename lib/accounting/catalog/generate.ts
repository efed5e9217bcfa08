import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { waitForUpdate } from '@pydantic/genai-prices';
import * as z from 'zod';
import { compact, countPairs } from './compact.ts';
import { parseSource, SourceChanged } from './extract.ts';
import type { CatalogData } from './format.ts';

/**
 * `npm run catalog [YYYY-MM-DD]`: writes data.json from @pydantic/genai-prices with the prices of that UTC day (today
 * where none is given). A build-time tool; nothing the gateway runs imports it.
 */

const packageName = '@pydantic/genai-prices';
const target = join(import.meta.dirname, 'data.json');

/** The package names its version only in a file that its exports hide. */
function sourceVersion(): string {
  const entry = createRequire(import.meta.url).resolve(packageName);
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

/**
 * The catalog of one UTC day. The package's `waitForUpdate` hands out the provider array it computes with: its own
 * data, since nobody asks it to fetch newer.
 */
export async function generate(asOf: string): Promise<CatalogData> {
  return compact(`${packageName} ${sourceVersion()}`, parseSource(await waitForUpdate()), asOf);
}

/** The file's text for some data. */
export const fileText = (data: CatalogData): string => `${JSON.stringify(data, null, 2)}\n`;

async function main(day: string | undefined): Promise<void> {
  const asOf = z.iso.date().safeParse(day ?? new Date().toISOString().slice(0, 10));
  if (!asOf.success) throw new SourceChanged(`${day} is not a day; expected YYYY-MM-DD`);
  const data = await generate(asOf.data);
  const text = fileText(data);
  writeFileSync(target, text);
  const providers = Object.keys(data.providers).length;
  console.log(`${target}: ${countPairs(data)} models of ${providers} providers, ${text.length} bytes`);
}

if (import.meta.main) {
  try {
    await main(process.argv[2]);
  } catch (error) {
    if (!(error instanceof SourceChanged)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
