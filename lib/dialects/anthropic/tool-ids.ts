import { createHash } from 'node:crypto';

const fits = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * A tool call's id as Anthropic takes it (`^[a-zA-Z0-9_-]+$`): itself if it fits, otherwise a digest of it, so that a
 * call and its result, written in different requests, always meet.
 */
export const wireToolId = (id: string): string =>
  fits.test(id) ? id : `toolu_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
