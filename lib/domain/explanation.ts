import type { Candidate, Decision, LastResort, Score } from './decision.ts';
import type { HealthState } from './health.ts';

/** Why a request went, or would go, where it goes: no prompt, no key's value, no header. */
export interface Explanation {
  /** The rules that matched, in the order they did. */
  readonly rules: readonly string[];
  readonly candidates: readonly CandidateRecord[];
  /** "provider/model", as they are tried. */
  readonly order: readonly string[];
}

/** One candidate of a request. */
export interface CandidateRecord {
  readonly provider: string;
  readonly model: string;
  readonly kept: boolean;
  /** Kept: how it came in, how its route does, and what the strategy made of it. */
  readonly via?: string;
  readonly health?: HealthState;
  readonly lastResort?: LastResort;
  readonly score?: Score;
  /** Dropped: the word and the sentence that say why. */
  readonly reason?: string;
  readonly detail?: string;
}

/** Of a decision, or of a request nobody was left for. */
export const explanationOf = ({
  rules,
  candidates,
  order,
}: Pick<Decision, 'rules' | 'candidates'> & Partial<Pick<Decision, 'order'>>): Explanation => ({
  rules,
  candidates: candidates.map(candidateRecord),
  order: (order ?? []).map(({ provider, model }) => `${provider.id}/${model}`),
});

/** Callers may ask for names of any length; what is written down of them is for recognising. */
const mostModelChars = 128;

const candidateRecord = (candidate: Candidate): CandidateRecord =>
  candidate.kept
    ? {
        provider: candidate.target.provider.id,
        model: candidate.target.model.slice(0, mostModelChars),
        kept: true,
        via: candidate.via,
        ...(candidate.health !== undefined && { health: candidate.health }),
        ...(candidate.lastResort !== undefined && { lastResort: candidate.lastResort }),
        ...(candidate.score !== undefined && { score: rounded(candidate.score) }),
      }
    : {
        provider: candidate.provider,
        model: candidate.model.slice(0, mostModelChars),
        kept: false,
        reason: candidate.reason,
        detail: candidate.detail.slice(0, 4 * mostModelChars),
      };

/** Three digits tell one part from another; more would only fill the log. */
function rounded(score: Score): Score {
  const { base, reliability, latency, headroom, warmth, costMicroUsd, share } = score;
  return {
    base: digits(base),
    ...(reliability !== undefined && { reliability: digits(reliability) }),
    ...(latency !== undefined && { latency: digits(latency) }),
    ...(headroom !== undefined && { headroom: digits(headroom) }),
    ...(warmth !== undefined && { warmth: digits(warmth) }),
    ...(costMicroUsd !== undefined && { costMicroUsd: digits(costMicroUsd) }),
    share: digits(share),
  };
}

const digits = (value: number): number => Number(value.toPrecision(3));
