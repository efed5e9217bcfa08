import type { Fault, Place, Step } from './step.ts';
import type { Frame, Voice } from './voice.ts';

/** What the provider does with one connection, in order. */
export type Action =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'write'; readonly bytes: string | Uint8Array }
  /** Writes the same bytes for ever. */
  | { readonly do: 'repeat'; readonly bytes: string | Uint8Array; readonly everyMs: number }
  | { readonly do: 'end' }
  | { readonly do: 'cut' }
  | { readonly do: 'reset' }
  | { readonly do: 'hang' };

/** A response without anything wrong, and what its API has to say when something is. */
export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly Frame[];
  readonly wire: Wire;
}

/** The odd things a body may contain. */
export interface Wire {
  readonly error: (status: number, step: Step) => string | Uint8Array;
  readonly malformed: () => string | Uint8Array;
  readonly ping: string | undefined;
  readonly huge: (text: string) => string | Uint8Array;
}

export const streamWire = (voice: Voice): Wire => ({
  error: (status, step) => voice.errorEvent(status, step.error ?? {}),
  malformed: () => voice.malformedEvent(),
  ping: voice.ping,
  huge: (text) => voice.hugeEvent(text),
});

/** A body that is one JSON value: an error takes its place, and white space keeps it alive. */
export const jsonWire = (voice: Voice): Wire => ({
  error: (status, step) => JSON.stringify(voice.error(status, step.error ?? {})),
  malformed: () => '{"oops": ',
  ping: ' ',
  huge: (text) => JSON.stringify({ huge: text }),
});

/** A body in the four pieces that faults count. */
export function inQuarters(body: string): Frame[] {
  const bytes = Buffer.from(body, 'utf8');
  const quarter = Math.max(1, Math.ceil(bytes.length / 4));
  return [0, 1, 2, 3]
    .map((index) => bytes.subarray(index * quarter, (index + 1) * quarter))
    .filter((piece) => piece.length > 0)
    .map((piece) => ({ part: 'content', bytes: piece }));
}

/** The whole course of a response, faults included. */
export function planResponse(step: Step, response: Response): readonly Action[] {
  const { fault } = step;
  const wait: Action[] = step.headersAfterMs === undefined ? [] : [{ do: 'wait', ms: step.headersAfterMs }];
  if (fault?.kind === 'never_responds') return [{ do: 'hang' }];
  if (fault?.kind === 'reset_before_headers') return [...wait, { do: 'reset' }];
  const head: Action = { do: 'head', status: response.status, headers: response.headers };
  const { frames, then } =
    fault === undefined ? { frames: response.frames, then: end } : spoil(fault, step, response);
  return [...wait, head, ...paced(frames, fault, step.chunkEveryMs ?? 0), ...then];
}

interface Course {
  readonly frames: readonly Frame[];
  readonly then: readonly Action[];
}

const end: readonly Action[] = [{ do: 'end' }];

function spoil(fault: Fault, step: Step, { frames, wire }: Response): Course {
  switch (fault.kind) {
    case 'reset':
    case 'cut':
    case 'end':
      return { frames: before(fault.after, frames), then: [{ do: fault.kind }] };
    case 'stall':
      return { frames: before(fault.after, frames), then: [{ do: 'hang' }] };
    case 'pings':
      return {
        frames: before(fault.after, frames),
        then: [
          wire.ping === undefined
            ? { do: 'hang' }
            : { do: 'repeat', bytes: wire.ping, everyMs: fault.everyMs },
        ],
      };
    case 'error_event':
      return {
        frames: [
          ...before(fault.after, frames),
          { part: 'structure', bytes: wire.error(fault.status, step) },
        ],
        then: end,
      };
    case 'malformed_event': {
      const kept = before(fault.after, frames);
      const odd: Frame = { part: 'structure', bytes: wire.malformed() };
      return { frames: [...kept, odd, ...frames.slice(kept.length)], then: end };
    }
    case 'no_finish':
      return { frames: frames.filter((frame) => frame.part !== 'finish'), then: end };
    case 'no_terminator':
      return { frames: frames.filter((frame) => frame.part !== 'terminator'), then: end };
    case 'huge':
      return { frames: [{ part: 'content', bytes: wire.huge('x'.repeat(fault.bytes)) }], then: end };
    case 'trickle':
    case 'never_responds':
    case 'reset_before_headers':
      return { frames, then: end };
  }
}

/** The frames up to a place; never beyond the last content. */
function before(place: Place, frames: readonly Frame[]): readonly Frame[] {
  if (place === 'headers') return [];
  let seen = 0;
  const stop = frames.findIndex(
    ({ part }) => part === 'finish' || part === 'terminator' || (part === 'content' && seen++ === place),
  );
  return stop === -1 ? frames : frames.slice(0, stop);
}

function paced(frames: readonly Frame[], fault: Fault | undefined, everyMs: number): Action[] {
  const trickle = fault?.kind === 'trickle' ? fault : undefined;
  const pieces = trickle === undefined ? frames.map((frame) => frame.bytes) : inPieces(frames, trickle.bytes);
  const ms = trickle?.everyMs ?? everyMs;
  return pieces.flatMap((bytes, index): Action[] =>
    index > 0 && ms > 0
      ? [
          { do: 'wait', ms },
          { do: 'write', bytes },
        ]
      : [{ do: 'write', bytes }],
  );
}

function inPieces(frames: readonly Frame[], size: number): Uint8Array[] {
  const all = Buffer.concat(
    frames.map(({ bytes }) => (typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes)),
  );
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
}
