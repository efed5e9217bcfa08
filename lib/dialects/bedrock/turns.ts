import type { JsonObject } from '../../domain/json.ts';
import type { Family } from './families.ts';
import { afterDocument, besideDocument, placeholderTurn } from './placeholders.ts';

/** One message on the wire. */
export type Turn = { readonly role: 'user' | 'assistant'; readonly content: readonly JsonObject[] };

/** Claude and Nova take four cache points a request; the system prompt and the tools come on top of these. */
const maxCachePoints = 4;

/**
 * Brings turns into the order Converse wants: user first (where the model insists), strictly alternating, none empty,
 * tool results first in their message and only with what the model takes beside them.
 */
export function arrangeTurns(turns: readonly Turn[], family: Family): Turn[] {
  const arranged: Turn[] = [];
  for (const turn of merge(turns)) {
    const parts = turn.role === 'user' ? separate(turn.content, family) : [turn.content];
    parts.forEach((content, index) => {
      if (index > 0) arranged.push({ role: 'assistant', content: [{ text: placeholderTurn }] });
      arranged.push({ role: turn.role, content: tidyContent(content) });
    });
  }
  const first = arranged[0];
  if (first === undefined || (first.role === 'assistant' && !family.leadingAssistant)) {
    arranged.unshift({ role: 'user', content: [{ text: placeholderTurn }] });
  }
  return arranged;
}

/** Drops cache points beyond the fourth, the oldest of the conversation first; `reserved` are those set elsewhere. */
export function limitCachePoints(turns: readonly Turn[], reserved: number): Turn[] {
  let left = Math.max(0, maxCachePoints - reserved);
  const kept = (block: JsonObject): boolean => !isCachePoint(block) || left-- > 0;
  return turns
    .toReversed()
    .map(({ role, content }) => ({ role, content: content.toReversed().filter(kept).reverse() }))
    .reverse();
}

export const isCachePoint = (block: JsonObject): boolean => block['cachePoint'] !== undefined;

function merge(turns: readonly Turn[]): Turn[] {
  const merged: { role: Turn['role']; content: JsonObject[] }[] = [];
  for (const { role, content } of turns) {
    if (content.every(isCachePoint)) continue;
    const last = merged.at(-1);
    if (last?.role !== role) merged.push({ role, content: [...content] });
    // One by one: a spread of a caller's hundred thousand parts is more arguments than a call takes.
    else for (const block of content) last.content.push(block);
  }
  return merged;
}

/** One message, or two where the model wants tool results for themselves. A cache point stays with its block. */
function separate(content: readonly JsonObject[], family: Family): (readonly JsonObject[])[] {
  const results: JsonObject[] = [];
  const rest: JsonObject[] = [];
  let current = rest;
  for (const block of content) {
    if (!isCachePoint(block)) current = block['toolResult'] === undefined ? rest : results;
    current.push(block);
  }
  if (results.length === 0 || rest.every(isCachePoint)) return [[...results, ...rest]];
  return mayShare(rest, family) ? [[...results, ...rest]] : [results, rest];
}

function mayShare(blocks: readonly JsonObject[], family: Family): boolean {
  if (family.besideToolResults === 'anything') return true;
  if (family.besideToolResults === 'nothing') return false;
  return blocks.every((block) => 'text' in block || 'image' in block || isCachePoint(block));
}

/** Text beside documents, no cache point first, twice, or right behind a document. */
export function tidyContent(content: readonly JsonObject[]): JsonObject[] {
  const tidied: JsonObject[] = [];
  for (const block of content) {
    const last = tidied.at(-1);
    if (isCachePoint(block)) {
      if (last === undefined || isCachePoint(last)) continue;
      if ('document' in last) tidied.push({ text: afterDocument });
    }
    tidied.push(block);
  }
  const alone = content.some((block) => 'document' in block) && !content.some((block) => 'text' in block);
  return alone ? [{ text: besideDocument }, ...tidied] : tidied;
}
