import type { Ask, Finish, Step } from './step.ts';
import { sampleValue } from './sample.ts';

/** A good answer, before a dialect writes it down. */
export interface Answer {
  /** Unique per provider; dialects put their own prefix before it. */
  readonly id: string;
  readonly createdS: number;
  readonly model: string;
  /** The text in the pieces a stream sends; empty where tools are called instead. */
  readonly pieces: readonly string[];
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly argumentsJson: string;
  }[];
  readonly finish: Finish;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

export interface Speaker {
  /** Named in the text, so that a reader sees who answered. */
  readonly name: string;
  readonly id: string;
  readonly createdS: number;
}

/** The answer to a request: a tool call where one is asked for, JSON where a schema is, text otherwise. */
export function makeAnswer(ask: Ask, step: Step, speaker: Speaker): Answer {
  const toolCalls = step.text === undefined ? callTools(ask, speaker) : [];
  const all = toolCalls.length > 0 ? [] : inPieces(step.text ?? writeText(ask, speaker));
  const pieces = all.slice(0, Math.max(1, ask.maxOutputTokens ?? all.length));
  const cut = pieces.length < all.length;
  return {
    id: speaker.id,
    createdS: speaker.createdS,
    model: ask.model,
    pieces,
    toolCalls,
    finish: step.finish ?? (cut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: step.usage ?? {
      inputTokens: Math.max(1, Math.ceil(ask.inputChars / 4)),
      outputTokens: pieces.length + toolCalls.reduce((sum, call) => sum + 8 + call.argumentsJson.length, 0),
    },
  };
}

/** Word by word, every space with the word before it; joined they are the text. */
const inPieces = (text: string): string[] => (text === '' ? [] : text.split(/(?<=\s)(?=\S)/));

function writeText(ask: Ask, speaker: Speaker): string {
  if (ask.schema !== undefined) {
    const value =
      Object.keys(ask.schema).length === 0 ? { answer: hintOf(ask) } : sampleValue(ask.schema, hintOf(ask));
    return JSON.stringify(value);
  }
  if (ask.toolResults.length > 0) {
    return `The tool says: ${quote(ask.toolResults.join('; '))} That is what ${ask.model} at ${speaker.name} makes of it.`;
  }
  return (
    `This is ${ask.model} at ${speaker.name}, a scripted provider, answering word by word. ` +
    `You said: ${quote(ask.userText)}`
  );
}

const quote = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `"${line.length > 240 ? `${line.slice(0, 240)}…` : line}"`;
};

function callTools(ask: Ask, speaker: Speaker): Answer['toolCalls'] {
  return chosenTools(ask).map((tool, index) => ({
    id: `${speaker.id}${index}`,
    name: tool.name,
    argumentsJson: JSON.stringify(sampleValue({ type: 'object', ...tool.schema }, hintOf(ask))),
  }));
}

function chosenTools(ask: Ask): Ask['tools'] {
  const { toolChoice, tools } = ask;
  if (toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return tools.filter((tool) => tool.name === toolChoice.name);
  if (ask.toolResults.length > 0) return [];
  const said = new Set(ask.userText.toLowerCase().match(/[a-z]{4,40}/g));
  const named = tools.filter((tool) => wordsOf(tool.name).some((word) => said.has(word)));
  if (named.length > 0) return named;
  const asked = toolChoice === 'required' || said.has('tool') || said.has('tools') || said.has('call');
  return asked ? tools.slice(0, 1) : [];
}

/** `get_weather` and `getWeather` are both "weather": short words say nothing. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 3);

/** A telling word of the request: its last capitalised one that does not open it. */
const hintOf = (ask: Ask): string => ask.userText.match(/(?<=\s)\p{Lu}[\p{L}-]{1,40}/gu)?.at(-1) ?? 'example';
