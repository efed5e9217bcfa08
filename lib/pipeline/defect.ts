import type { Gateway } from './gateway.ts';

/** One log line for what should never be thrown: its name and place. Its message may quote the request and is left out. */
export const logDefect = (gateway: Pick<Gateway, 'log'>, requestId: string, thrown: unknown): void =>
  gateway.log({ event: 'internal_error', request_id: requestId, ...whereItBroke(thrown) });

function whereItBroke(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const { name, message, stack = '' } = thrown;
  // The message stands above the frames and may have lines that look like some.
  const at = stack.indexOf(message, name.length);
  const lines = at === -1 ? [] : stack.slice(at + message.length).split('\n');
  const frames = lines.filter((line) => frame.test(line)).slice(0, 6);
  return { error: name, at: frames.map((line) => line.trim()) };
}

/** One line of V8's stack: a function's name, a file, line and column. */
const frame = /^    at [\w$.#<>[\] ]*\(?(?:file:|node:|\/)[^\s()]+:\d+:\d+\)?$/;
