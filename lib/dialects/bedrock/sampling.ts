import type { ChatRequest } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Unsupported } from '../contract.ts';
import type { Family } from './families.ts';
import type { ReasoningPlan } from './reasoning.ts';

export interface SamplingPlan {
  /** `inferenceConfig`. */
  readonly config: JsonObject;
  /** For `additionalModelRequestFields`. */
  readonly fields: JsonObject;
  readonly unsupported: readonly Unsupported[];
}

/** `InferenceConfiguration` (API reference): temperature and topP from 0 to 1; no seed, no penalties. */
export function planSampling(request: ChatRequest, family: Family, reasoning: ReasoningPlan): SamplingPlan {
  const unsupported: Unsupported[] = [];
  const refuse = (parameter: string, reason: string): undefined => {
    unsupported.push({ parameter, reason, droppable: true });
  };
  const { vendor } = family;
  const { seed, frequencyPenalty = 0, presencePenalty = 0, stop = [] } = request;
  if (seed !== undefined) refuse('seed', 'Bedrock Converse has no seed');
  if (frequencyPenalty !== 0) refuse('frequency_penalty', 'Bedrock Converse has no penalties');
  if (presencePenalty !== 0) refuse('presence_penalty', 'Bedrock Converse has no penalties');

  let { temperature, topP, topK } = request;
  if (temperature !== undefined && temperature > 1) {
    refuse('temperature', `Bedrock takes a temperature from 0 to 1, not ${temperature}`);
    temperature = 1;
  }
  const fixed = family.sampling === 'none' || reasoning.forbids === 'nova_high';
  const thinks = reasoning.forbids === 'claude';
  const when = reasoning.forbids === undefined ? 'this model' : `${vendor} while it reasons`;
  if (temperature !== undefined && (fixed || thinks)) {
    if (temperature !== 1) refuse('temperature', `${when} takes no temperature`);
    temperature = undefined;
  }
  if (topP !== undefined && (fixed || (thinks && topP < 0.95))) {
    if (topP !== 1)
      refuse('top_p', thinks && !fixed ? `${when} takes top_p from 0.95` : `${when} takes no top_p`);
    topP = undefined;
  }
  if (topP !== undefined && temperature !== undefined && family.sampling === 'one') {
    // 1 is what either is anyway.
    if (temperature === 1) temperature = undefined;
    else topP = topP === 1 ? undefined : refuse('top_p', 'this model takes temperature or top_p, not both');
  }
  if (topK !== undefined && family.topK === undefined) {
    topK = refuse('top_k', `${vendor} takes no top_k on Bedrock`);
  } else if (topK !== undefined && (fixed || thinks)) {
    topK = refuse('top_k', `${when} takes no top_k`);
  }
  return {
    config: {
      ...(request.maxOutputTokens === undefined ? {} : { maxTokens: request.maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(stop.length === 0 ? {} : { stopSequences: stop }),
    },
    fields: topKFields(topK, family),
    unsupported,
  };
}

function topKFields(topK: number | undefined, family: Family): JsonObject {
  if (topK === undefined) return {};
  return family.topK === 'top_k' ? { top_k: topK } : { inferenceConfig: { topK } };
}
