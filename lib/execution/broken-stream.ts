import type { ProviderFault } from '../domain/chat.ts';

/** A stream that broke without saying why; its type is what tells it from a provider's own error. */
export const brokenStream = (message: string): ProviderFault => ({
  status: 0,
  type: 'broken_stream',
  message,
});

/** A defect met while reading an answer; the error's own message may quote the answer and is left out. */
export const unreadable = (error: unknown): ProviderFault =>
  brokenStream(`the answer could not be read (${error instanceof Error ? error.name : 'unknown error'})`);
