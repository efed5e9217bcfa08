import type { FinishReason } from '../../domain/chat.ts';

/**
 * `stopReason` (API reference, Converse). The malformed ones are no answers: what the model said cannot be used, so
 * they are faults. A word nobody knows is an ordinary stop.
 */
const finishReasons: Readonly<Record<string, FinishReason | 'malformed'>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  refusal: 'refusal',
  malformed_model_output: 'malformed',
  malformed_tool_use: 'malformed',
};

/** Some models end a turn with a tool call and call it `end_turn`. */
export function finishOf(stopReason: string, calledTools: boolean): FinishReason | 'malformed' {
  const finish = Object.hasOwn(finishReasons, stopReason) ? finishReasons[stopReason] : undefined;
  return (finish ?? 'stop') === 'stop' && calledTools && stopReason !== 'stop_sequence'
    ? 'tool_calls'
    : (finish ?? 'stop');
}
