import type { FinishReason } from '../../domain/chat.ts';
import { asObject, asString } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';

/**
 * `stop_reason` (docs: "Stop reasons and fallback"). `refusal` is Anthropic's safety classifiers stepping in, not the
 * model declining; a paused or compacted turn is an answer that is not finished.
 */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['pause_turn', 'length'],
  ['compaction', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

export const finishReason = (stopReason: string): FinishReason => finishReasons.get(stopReason) ?? 'stop';

/** What `stop_details` says to a person about a refusal. */
export const refusalText = (stopDetails: Json | undefined): string | undefined =>
  asString(asObject(stopDetails)['explanation']) || undefined;
