import type { ChatTranslator } from '../contract.ts';
import { authorize } from './authorize.ts';
import { readFault } from './faults.ts';
import { takesPrefill } from './prefill.ts';
import { readReply } from './reply.ts';
import { writeRequest } from './request.ts';
import { BedrockStream } from './stream.ts';
import { unsupported } from './unsupported.ts';

/**
 * Amazon Bedrock, Converse and ConverseStream (Bedrock API reference, 2023-09-30), provider side. Of the AWS SDK only
 * the signature and the frame codec are used, not its client: requests go out through the gateway's own node:https
 * transport, so that timeouts, faults, keep-alive and tests are the same for every provider. Loaded on first use.
 */
export const bedrockTranslator: ChatTranslator = {
  unsupported,
  writeRequest,
  readReply,
  openStream: (target) => new BedrockStream(target),
  takesPrefill,
  readFault,
  authorize,
  /** Bedrock's headers tell nothing about quotas. */
  readRateLimits: () => undefined,
};
