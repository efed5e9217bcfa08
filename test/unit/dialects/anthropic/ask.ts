import type { ChatRequest, Message } from '../../../../lib/domain/chat.ts';
import type { Target } from '../../../../lib/domain/decision.ts';
import { asObject, parseJson } from '../../../../lib/domain/json.ts';
import type { JsonObject } from '../../../../lib/domain/json.ts';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';
import { testTarget } from '../../../support/target.ts';

export const user = (text: string): Message => ({ role: 'user', blocks: [{ type: 'text', text }] });
export const assistant = (text: string): Message => ({ role: 'assistant', blocks: [{ type: 'text', text }] });
export const system = (text: string): Message => ({ role: 'system', blocks: [{ type: 'text', text }] });

/** A request that says nothing but "Hi", changed as the test needs it. */
export const ask = (changes: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [user('Hi')],
  tools: [],
  stream: false,
  others: {},
  ...changes,
});

export const claude = (model: string, maxOutputTokens?: number): Target =>
  testTarget('anthropic', model, {
    ...(maxOutputTokens !== undefined && { facts: { model, family: model, maxOutputTokens } }),
  });

/** The body sent for this request. */
export const bodyOf = (changes: Partial<ChatRequest>, model = 'claude-sonnet-4-5'): JsonObject =>
  asObject(parseJson(String(anthropic.writeRequest(ask(changes), claude(model)).body)));

/** The names of the parameters this model cannot carry. */
export const refusedBy = (model: string, changes: Partial<ChatRequest>): string[] =>
  anthropic.unsupported(ask(changes), claude(model)).map(({ parameter }) => parameter);
