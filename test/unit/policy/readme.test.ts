import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../../lib/policy/document.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

const blocks = (language: string): readonly string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

describe("README's gateway documents", () => {
  it.each(blocks('jsonc'))('is accepted without a warning, as a deployment would accept it: %#', (text) => {
    // Comments are for the reader; a hash takes 64 digits.
    const json = text.replace(/\s\/\/.*$/gm, '').replace('sha256:…', hashVirtualKey('any'));
    const rules = { envSecrets: false, loopbackHttp: false, secretPrefix: 'fairlead/' };
    expect(parseDocument(JSON.parse(json), rules)).toMatchObject({ ok: true, warnings: [] });
  });

  it('has three of them', () => {
    expect(blocks('jsonc')).toHaveLength(3);
  });

  it('the short one is accepted on a laptop', () => {
    expect(
      parseDocument(parse(blocks('yaml')[0] ?? ''), { envSecrets: true, loopbackHttp: true }),
    ).toMatchObject({
      ok: true,
    });
  });
});
