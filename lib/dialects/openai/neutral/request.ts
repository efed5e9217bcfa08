import type { ChatRequest } from '../../../domain/chat.ts';
import { asArray, type JsonObject } from '../../../domain/json.ts';
import { neutralMessages } from './messages.ts';
import { others } from './others.ts';
import { reasoning } from './reasoning.ts';
import { integer, number, string } from './read.ts';
import { responseFormat, stop } from './output.ts';
import { toolChoice, tools } from './tools.ts';

/**
 * A Chat Completions request in the neutral form. `json` has been checked by `parseClientRequest`.
 *
 * @throws GatewayError invalid_request for a wrong type, or for something the neutral form cannot say (a tool that is
 *   no function, an unknown kind of part); its `param` names the place.
 */
export function neutralChat(json: JsonObject, stream: boolean): ChatRequest {
  return {
    messages: neutralMessages(asArray(json['messages'])),
    tools: tools(json['tools']),
    ...toolChoice(json),
    ...responseFormat(json['response_format']),
    ...(integer(json, 'max_completion_tokens', 'maxOutputTokens', 1) ??
      integer(json, 'max_tokens', 'maxOutputTokens', 1)),
    ...number(json, 'temperature', 'temperature'),
    ...number(json, 'top_p', 'topP'),
    ...integer(json, 'top_k', 'topK', 0),
    ...stop(json['stop']),
    ...integer(json, 'seed', 'seed'),
    ...penalty(json, 'frequency_penalty', 'frequencyPenalty'),
    ...penalty(json, 'presence_penalty', 'presencePenalty'),
    ...reasoning(json),
    ...serviceTier(json),
    ...(string(json, 'safety_identifier', 'userId') ?? string(json, 'user', 'userId')),
    stream,
    others: others(json),
  };
}

/** Zero is the default and excludes nobody. */
function penalty<Name extends string>(
  json: JsonObject,
  field: string,
  name: Name,
): Partial<Record<Name, number>> | undefined {
  return json[field] === 0 ? undefined : number(json, field, name);
}

/** `auto` and `default` are what everybody does anyway. */
function serviceTier(json: JsonObject): { serviceTier?: string } | undefined {
  const tier = json['service_tier'];
  return tier === 'auto' || tier === 'default' ? undefined : string(json, 'service_tier', 'serviceTier');
}
