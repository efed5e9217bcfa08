import type { Target } from '../../domain/decision.ts';
import type { Credential } from '../../domain/policy.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import type { ChatTranslator } from '../contract.ts';
import { readFault } from './faults.ts';
import { readReply } from './reply.ts';
import { writeRequest } from './request.ts';
import { GeminiStreamParser } from './stream.ts';
import { unsupported } from './unsupported.ts';

/**
 * Gemini's generateContent and streamGenerateContent, for the Gemini API and for Vertex AI, which differ in their URLs
 * and in little else; `target.provider.type` tells them apart.
 */
export const geminiTranslator: ChatTranslator = {
  unsupported,
  writeRequest,
  readReply,
  openStream: (target: Target) => new GeminiStreamParser(target),
  readFault,
  authorize,
  // Neither API tells its rate limits in headers.
  readRateLimits: () => undefined,
};

/** API keys travel in `x-goog-api-key` (ai.google.dev/gemini-api/docs/api-key), never in the URL. */
function authorize(request: OutboundRequest, credential: Credential): OutboundRequest {
  return credential.kind === 'api_key'
    ? { ...request, headers: { ...request.headers, 'x-goog-api-key': credential.value } }
    : request;
}
