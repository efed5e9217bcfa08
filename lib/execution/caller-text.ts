import type { ClientRequest } from '../dialects/contract.ts';

/**
 * Everything the caller wrote, in lower case and on one line, so that a provider's message can be searched for it:
 * escapes are undone by parsing, runs of white space are one space, as in messages.
 */
export const callerText = (request: ClientRequest): string =>
  JSON.stringify(request.json)
    .replace(/(?:\\[bfnrt]|\\u000b|\s)+/g, ' ')
    .toLowerCase();
