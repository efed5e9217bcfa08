import type { FinishReason, ProviderFault } from '../../domain/chat.ts';

/**
 * `finishReason` (ai.google.dev/api/generate-content#FinishReason). What is not listed (MALFORMED_FUNCTION_CALL,
 * UNEXPECTED_TOOL_CALL, OTHER, NO_IMAGE, ...) is a failure of the model.
 */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

export interface Said {
  readonly content: boolean;
  readonly toolCall: boolean;
}

/**
 * Why the answer ended. Function calls end with STOP and count as `tool_calls`; a failure of the model ends what was
 * said before it, and is a fault (`undefined`) where nothing was.
 */
export function readFinish(native: string, said: Said): FinishReason | undefined {
  const known = Object.hasOwn(finishReasons, native) ? finishReasons[native] : undefined;
  if (said.toolCall && (known === undefined || known === 'stop')) return 'tool_calls';
  return known ?? (said.content ? 'stop' : undefined);
}

/**
 * An answer that failed before it said anything: another try may succeed. Gemini's `finishMessage` may quote the
 * model's output and stays out of it.
 */
export const failedAnswer = (native: string): ProviderFault => ({
  status: 502,
  type: native,
  message: `Gemini ended the answer with ${native} before it said anything`,
});
