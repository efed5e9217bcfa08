import { asArray, asNumber, asObject, type Json, type JsonObject } from '../../domain/json.ts';

/** What one chunk adds to an answer of one plain text; undefined: it says something else too. */
export function plainPiece(chunk: JsonObject): { text: string; finished: boolean } | undefined {
  const [first, ...more] = asArray(chunk['choices']);
  if (more.length > 0) return undefined;
  const choice = asObject(first);
  if ((asNumber(choice['index']) ?? 0) !== 0 || !isNothing(choice['logprobs'])) return undefined;
  const { role: _role, content, ...rest } = asObject(choice['delta']);
  if (!Object.values(rest).every(isNothing)) return undefined;
  if (typeof content !== 'string' && !isNothing(content)) return undefined;
  const reason = choice['finish_reason'];
  return {
    text: typeof content === 'string' ? content : '',
    finished: typeof reason === 'string' && reason !== '',
  };
}

const isNothing = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
