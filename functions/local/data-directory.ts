import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The data directory cannot be used. */
export class DataDirectoryUnusable extends Error {
  override readonly name = 'DataDirectoryUnusable';
  constructor(directory: string, reason: string) {
    super(`Data directory ${directory} cannot be used: ${reason}`);
  }
}

/** Where one region's database persists, held by this process until released. */
export interface DataDirectory {
  readonly path: string;
  release(): void;
}

/**
 * Makes `directory/<region>` and takes it: two processes on one database would each end with an exception deep inside
 * it. The lock of a process that is gone does not count. Throws `DataDirectoryUnusable`.
 */
export function takeDataDirectory(directory: string, region: string): DataDirectory {
  const path = join(directory, region);
  const lock = join(directory, `${region}.lock`);
  try {
    mkdirSync(path, { recursive: true });
    if (!isHeld(lock)) rmSync(lock, { force: true });
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new DataDirectoryUnusable(directory, code === 'EEXIST' ? taken(lock) : code);
  }
  return { path, release: () => rmSync(lock, { force: true }) };
}

const taken = (lock: string): string => {
  const pid = holder(lock);
  return pid === undefined ? 'it is no directory' : `process ${pid} uses it`;
};

function holder(lock: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isHeld(lock: string): boolean {
  const pid = holder(lock);
  if (pid === undefined) return false;
  try {
    // Signal 0 only asks whether the process is there (kill(2)).
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
