import type { ChatRequest, ResponseFormat } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asArray, isObject } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import { familyOf } from './families.ts';
import { writeMessages } from './messages.ts';
import { nativeParameters } from './native-parameters.ts';
import { planReasoning } from './reasoning.ts';
import { planSampling } from './sampling.ts';
import { tierOf } from './service-tier.ts';
import { planToolChoice } from './tool-choice.ts';
import { writeToolConfig } from './tools.ts';
import { isCachePoint, limitCachePoints } from './turns.ts';

/**
 * `POST /model/{modelId}/converse` or `/converse-stream` (Bedrock API reference, Converse). The path is the URL's:
 * percent-encoded once; the signature encodes it again.
 */
export function writeRequest(request: ChatRequest, target: Target): OutboundRequest {
  const operation = request.stream ? 'converse-stream' : 'converse';
  return {
    method: 'POST',
    url: `${target.provider.baseUrl}/model/${encodeURIComponent(target.model)}/${operation}`,
    headers: {
      'content-type': 'application/json',
      accept: request.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
    },
    body: JSON.stringify(writeBody(request, target)),
  };
}

function writeBody(request: ChatRequest, target: Target): JsonObject {
  const family = familyOf(target);
  const { messages, system } = writeMessages(request, target);
  const reasoning = planReasoning(request, target);
  const sampling = planSampling(request, family, reasoning);
  const choice = planToolChoice(request, family);
  const toolConfig = writeToolConfig(choice, family, messages);
  const native = nativeParameters(request.others);
  const fields = mergeFields(
    native['additionalModelRequestFields'],
    sampling.fields,
    reasoning.fields,
    toolConfig === undefined ? {} : choice.fields,
  );
  const tier = tierOf(request.serviceTier);
  const reserved = [...asArray(toolConfig?.['tools']), ...system]
    .filter(isObject)
    .filter(isCachePoint).length;
  return {
    ...native,
    messages: limitCachePoints(messages, reserved),
    ...(system.length === 0 ? {} : { system }),
    ...(isEmpty(sampling.config) ? {} : { inferenceConfig: sampling.config }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
    ...outputConfig(request.responseFormat),
    ...(isEmpty(fields) ? {} : { additionalModelRequestFields: fields }),
    ...(tier === undefined ? {} : { serviceTier: { type: tier } }),
  };
}

/** `outputConfig.textFormat` (user guide, "Structured outputs"): the schema travels as JSON text. */
function outputConfig(format: ResponseFormat | undefined): JsonObject {
  if (format?.type !== 'json_schema') return {};
  const jsonSchema = {
    name: format.name,
    schema: JSON.stringify(format.schema),
    ...(format.description === undefined ? {} : { description: format.description }),
  };
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}

/** Later fields win; objects under one name are joined (Nova's `inferenceConfig`). */
function mergeFields(...parts: readonly unknown[]): JsonObject {
  const merged: Record<string, JsonObject[string]> = {};
  for (const part of parts) {
    if (!isObject(part)) continue;
    for (const [name, value] of Object.entries(part)) {
      const before = merged[name];
      merged[name] =
        name === 'inferenceConfig' && isObject(before) && isObject(value) ? { ...before, ...value } : value;
    }
  }
  return merged;
}

const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;
