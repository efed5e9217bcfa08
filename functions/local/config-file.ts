import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse, YAMLParseError } from 'yaml';

export type ConfigFile =
  | { readonly ok: true; readonly value: unknown }
  /** One line that says what to change. It quotes nothing of the file, which may hold a virtual key. */
  | { readonly ok: false; readonly message: string };

/** Reads a gateway document from a file: JSON for `.json`, otherwise YAML. Never throws. */
export function readConfigFile(path: string): ConfigFile {
  const text = readText(path);
  if (!text.ok) return text;
  const value = extname(path).toLowerCase() === '.json' ? parseAsJson(text.value) : parseAsYaml(text.value);
  return typeof value === 'string'
    ? { ok: false, message: `config file ${path}: ${value}` }
    : { ok: true, ...value };
}

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'cannot be read: permission denied',
};

function readText(
  path: string,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { ok: false, message: `config file ${path} ${readProblems[code] ?? `cannot be read (${code})`}` };
  }
}

function parseAsJson(text: string): { readonly value: unknown } | string {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const place =
      error instanceof Error ? /at position \d+( \(line \d+ column \d+\))?/.exec(error.message) : null;
    return `is not JSON${place === null ? '' : ` (${place[0]})`}`;
  }
}

function parseAsYaml(text: string): { readonly value: unknown } | string {
  try {
    return { value: parse(text, { logLevel: 'error' }) };
  } catch (error) {
    if (!(error instanceof YAMLParseError)) return 'is not YAML';
    const [at] = error.linePos ?? [];
    return `is not YAML${at === undefined ? '' : ` (line ${at.line} column ${at.col}: ${error.code})`}`;
  }
}
