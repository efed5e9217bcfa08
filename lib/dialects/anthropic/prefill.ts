import type { ChatRequest } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { traitsOf } from './models.ts';
import { maxTokensOf } from './request.ts';
import { planThinking } from './thinking.ts';

/**
 * Whether Claude goes on with an answer that begins with `text` (docs: "Prefill Claude's response"): not the newer
 * models, not while it thinks, not behind white space, which the API refuses and the gateway would have to take away.
 * A conversation that ends with a beginning of the caller's own is left alone: two would be joined.
 */
export function takesPrefill(request: ChatRequest, target: Target, text: string): boolean {
  const traits = traitsOf(target.model);
  return (
    traits.prefill &&
    text.trimEnd() === text &&
    request.messages.at(-1)?.role !== 'assistant' &&
    !planThinking(request, traits, maxTokensOf(request, target, traits)).active
  );
}
