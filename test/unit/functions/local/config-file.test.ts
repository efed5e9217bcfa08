import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../../functions/local/config-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'fairlead-'));
afterAll(() => rmSync(directory, { recursive: true }));

function read(name: string, text: string): ReturnType<typeof readConfigFile> {
  writeFileSync(join(directory, name), text);
  return readConfigFile(join(directory, name));
}

describe('readConfigFile', () => {
  it('reads JSON and YAML', () => {
    const value = { providers: { a: { type: 'openai' } } };
    expect(read('g.json', '\uFEFF{"providers":{"a":{"type":"openai"}}}')).toEqual({ ok: true, value });
    expect(read('g.yaml', 'providers:\n  a: { type: openai }\n')).toEqual({ ok: true, value });
    expect(read('g.yml', '{"providers":{"a":{"type":"openai"}}}')).toEqual({ ok: true, value });
  });

  it.each([
    ['g.json', '{"key": "fl-secret",,}', /is not JSON \(at position \d+/],
    ['g.json', '', /is not JSON$/],
    ['g.yaml', 'key: fl-secret\n  b: 2\n c: [', /is not YAML \(line \d+ column \d+: [A-Z_]+\)/],
    ['g.yaml', 'a: 1\na: 2', /is not YAML \(line 2 column 1: DUPLICATE_KEY\)/],
  ])('says where %s (%j) is malformed, and quotes nothing of it', (name, text, message) => {
    const got = read(name, text);
    expect(got).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    expect(JSON.stringify(got)).not.toContain('secret');
  });

  it('says that a file does not exist, or is a directory', () => {
    expect(readConfigFile(join(directory, 'missing.json'))).toEqual({
      ok: false,
      message: `config file ${join(directory, 'missing.json')} does not exist`,
    });
    expect(readConfigFile(directory)).toMatchObject({ message: expect.stringContaining('is a directory') });
  });
});
