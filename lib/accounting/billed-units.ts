import type { TokenPriceName } from './catalog/format.ts';
import type { UsageIteration } from '../domain/usage.ts';

/** So many tokens of one kind, and the kind they count as where that one has no price of its own. */
export interface BilledUnits {
  readonly price: TokenPriceName;
  readonly tokens: number;
}

/** Where a part has no price of its own, it is priced as what it is a part of. */
export const pricedAs: Readonly<Partial<Record<TokenPriceName, readonly TokenPriceName[]>>> = {
  cachedInput: ['input'],
  cacheWrite: ['input'],
  cacheWrite1h: ['cacheWrite', 'input'],
  inputAudio: ['input'],
  cachedInputAudio: ['inputAudio', 'cachedInput', 'input'],
  inputImage: ['input'],
  outputReasoning: ['output'],
  outputAudio: ['output'],
  outputImage: ['output'],
};

/** A figure as a whole number of tokens; nonsense from the wire (negative, not finite) counts nothing. */
export const count = (figure: number | undefined): number =>
  figure !== undefined && Number.isFinite(figure) && figure > 0 ? Math.ceil(figure) : 0;

/** Takes each part out of the total in turn, never more than is left; the rest is of kind `rest`. */
function share(
  total: number,
  parts: readonly (readonly [TokenPriceName, number])[],
  rest: TokenPriceName,
): readonly BilledUnits[] {
  let left = total;
  const units = parts.map(([price, wanted]) => {
    const tokens = Math.min(wanted, left);
    left -= tokens;
    return { price, tokens };
  });
  return [...units, { price: rest, tokens: left }].filter(({ tokens }) => tokens > 0);
}

/**
 * The tokens of one model call by the price they are billed at. Every token of the two totals is in exactly one unit,
 * whatever parts were reported: parts are taken as disjoint until they no longer fit into their total, and then as
 * overlapping (cached images are counted as cached). A total beyond input and output is output nobody explained.
 */
export function billedUnits(usage: UsageIteration): readonly BilledUnits[] {
  const input = count(usage.inputTokens);
  const unexplained = Math.max(0, count(usage.totalTokens) - input - count(usage.outputTokens));
  const output = count(usage.outputTokens) + unexplained;

  const write1h = count(usage.cacheWrite1hTokens);
  const write5m = Math.max(0, count(usage.cacheWriteTokens) - write1h);
  const cachedAudio = count(usage.cachedInputAudioTokens);
  const cached = Math.max(0, count(usage.cachedInputTokens) - cachedAudio);
  const audio = Math.max(0, count(usage.inputAudioTokens) - cachedAudio);

  return [
    ...share(
      input,
      [
        ['cacheWrite1h', write1h],
        ['cacheWrite', write5m],
        ['cachedInputAudio', cachedAudio],
        ['cachedInput', cached],
        ['inputAudio', audio],
        ['inputImage', count(usage.inputImageTokens)],
      ],
      'input',
    ),
    ...share(
      output,
      [
        ['outputAudio', count(usage.outputAudioTokens)],
        ['outputImage', count(usage.outputImageTokens)],
        ['outputReasoning', count(usage.reasoningTokens)],
      ],
      'output',
    ),
  ];
}
