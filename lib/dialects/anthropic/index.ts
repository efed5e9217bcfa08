import type { ChatTranslator } from '../contract.ts';
import { unsupported } from './capability.ts';
import { readFault } from './faults.ts';
import { takesPrefill } from './prefill.ts';
import { readRateLimits } from './rate-limits.ts';
import { readReply } from './reply.ts';
import { writeRequest } from './request.ts';
import { openStream } from './stream.ts';

/** Anthropic's Messages API (platform.claude.com/docs/en/api/messages), from the provider's side. */
export const anthropicTranslator: ChatTranslator = {
  unsupported,
  writeRequest,
  readReply,
  openStream,
  takesPrefill,
  readFault,
  readRateLimits,
  authorize: (request, credential) =>
    credential.kind === 'api_key'
      ? { ...request, headers: { ...request.headers, 'x-api-key': credential.value } }
      : request,
};
