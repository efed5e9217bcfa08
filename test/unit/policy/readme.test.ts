import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../../lib/policy/document.ts';
import { providerSecretPrefix } from '../../../lib/stores/schema.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? [];
  if (text === undefined) throw new Error(`README has no ${language} example`);
  return text;
}

describe("README's gateway documents", () => {
  it('the whole one is accepted as a deployment would accept it', () => {
    // Comments are for the reader; a hash takes 64 digits.
    const json = block('jsonc')
      .replace(/\s\/\/.*$/gm, '')
      .replace('sha256:…', hashVirtualKey('any'));
    const rules = { envSecrets: false, loopbackHttp: false, secretPrefix: providerSecretPrefix };
    expect(parseDocument(JSON.parse(json), rules)).toMatchObject({ ok: true });
  });

  it('the short one is accepted on a laptop', () => {
    expect(parseDocument(parse(block('yaml')), { envSecrets: true, loopbackHttp: true })).toMatchObject({
      ok: true,
    });
  });
});
