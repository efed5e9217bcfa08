import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../lib/domain/json.ts';

/** Recorded provider exchanges, where the folder is there: `FAIRLEAD_RECORDINGS`, else beside the checkout. */
export interface Recording {
  readonly id: string;
  readonly provider: string;
  readonly operation: string;
  readonly stream: boolean;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: JsonObject | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Json;
    readonly sse?: string;
    readonly base64?: string;
  };
}

const folder =
  process.env['FAIRLEAD_RECORDINGS'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'recordings');

/** False on a machine without the recordings: their suites are then skipped, hand-written fixtures cover the ground. */
export const recordingsPresent = existsSync(folder);

/** All recordings of the providers and operations named, in the order of their ids. */
export function recordings(providers: readonly string[], operations: readonly string[]): Recording[] {
  if (!recordingsPresent) return [];
  return providers.flatMap((provider) => {
    const directory = join(folder, provider);
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Recording)
      .filter((recording) => operations.includes(recording.operation));
  });
}

/** The response's bytes as they came over the wire (a parsed JSON body is written again). */
export function responseBytes(recording: Recording): Uint8Array {
  const { sse, base64, body } = recording.response;
  if (sse !== undefined) return Buffer.from(sse, 'utf8');
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return Buffer.from(JSON.stringify(body), 'utf8');
}
