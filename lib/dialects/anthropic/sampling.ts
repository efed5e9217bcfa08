import type { ChatRequest } from '../../domain/chat.ts';
import type { Unsupported } from '../contract.ts';
import type { ModelTraits } from './models.ts';
import type { Carried, WireObject } from './wire.ts';

/** With thinking, `top_p` must lie between this and 1 (docs: "Extended thinking", feature compatibility). */
const minTopPWithThinking = 0.95;

/**
 * Temperature, nucleus, seeds, penalties and stop sequences. A value that is the default anyway is left out where the
 * model refuses the field; any other is reported.
 */
export function carrySampling(request: ChatRequest, traits: ModelTraits, thinking: boolean): Carried {
  const { temperature, topP, topK, stop } = request;
  const body: WireObject = {};
  const unsupported: Unsupported[] = [];
  const refuse = (parameter: string, reason: string, droppable = true) =>
    unsupported.push({ parameter, reason, droppable });

  const temperatureReason = !traits.sampling
    ? 'this Claude model takes no temperature'
    : thinking
      ? 'Claude takes no temperature but 1 while it thinks'
      : temperature !== undefined && temperature > 1
        ? 'Anthropic takes temperatures from 0 to 1'
        : undefined;
  if (temperature !== undefined) {
    if (temperatureReason === undefined) body['temperature'] = temperature;
    else if (temperature !== 1) refuse('temperature', temperatureReason);
  }

  if (topP !== undefined && topP !== 1) {
    if (!traits.sampling) refuse('top_p', 'this Claude model takes no top_p');
    else if (thinking && topP < minTopPWithThinking) {
      refuse('top_p', `Claude takes a top_p from ${minTopPWithThinking} to 1 while it thinks`);
    } else if (traits.temperatureWithTopP || body['temperature'] === undefined) body['top_p'] = topP;
    else if (temperature === 1) {
      delete body['temperature'];
      body['top_p'] = topP;
    } else refuse('top_p', 'this Claude model takes temperature or top_p, not both');
  }

  if (topK !== undefined) {
    if (!traits.sampling) refuse('top_k', 'this Claude model takes no top_k');
    else if (thinking) refuse('top_k', 'Claude takes no top_k while it thinks');
    else body['top_k'] = topK;
  }

  if (request.seed !== undefined) refuse('seed', 'Anthropic takes no seed');
  if (request.frequencyPenalty) refuse('frequency_penalty', 'Anthropic takes no penalties');
  if (request.presencePenalty) refuse('presence_penalty', 'Anthropic takes no penalties');

  const sequences = stop?.filter((sequence) => sequence.trim() !== '') ?? [];
  if (sequences.length > 0) body['stop_sequences'] = sequences;
  if (sequences.length !== (stop?.length ?? 0)) {
    refuse('stop', 'Anthropic takes no stop sequence made of white space', false);
  }
  return { body, unsupported };
}
