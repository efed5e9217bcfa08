import type { ChatRequest } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { familyOf } from './families.ts';
import { planReasoning } from './reasoning.ts';

/** Whether the model goes on with an answer that begins with `text`: as Claude does at Anthropic, and nobody else. */
export const takesPrefill = (request: ChatRequest, target: Target, text: string): boolean =>
  familyOf(target).prefill &&
  text.trimEnd() === text &&
  request.messages.at(-1)?.role !== 'assistant' &&
  planReasoning(request, target).forbids === undefined;
