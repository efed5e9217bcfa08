import type { ClientRequest } from '../dialects/contract.ts';

/**
 * Everything the caller wrote, in lower case and on one line, so that a provider's message can be searched for it:
 * escapes are undone by parsing, runs of white space are one space, as in messages.
 */
export const callerText = (request: ClientRequest): string =>
  rewritten(request)
    .replace(/(?:\\[bfnrt]|\\u000b|\s)+/g, ' ')
    .toLowerCase();

/** A body that is nested deeper than the stack reaches stays as it came. */
function rewritten({ json, text }: ClientRequest): string {
  try {
    return JSON.stringify(json);
  } catch (error) {
    if (error instanceof RangeError) return text;
    throw error;
  }
}
