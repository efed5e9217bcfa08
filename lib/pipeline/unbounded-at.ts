import type { ClientRequest } from '../dialects/contract.ts';
import type { Demand } from '../dialects/openai/demand.ts';
import type { Target } from '../domain/decision.ts';
import { asObject, asString } from '../domain/json.ts';

const limitFields = ['max_tokens', 'max_completion_tokens'];

/** Models that search by themselves, per request and without a limit. */
const searching = /(?:^|[-/.])(?:search|sonar|deep-research)(?:-|$)/;

/** What a request demands of this target in particular: some heed no output limit, some search unasked. */
export function unboundedAt(target: Target, asked: ClientRequest, demand: Demand): Demand {
  const searches = searching.test(target.facts?.family ?? target.model);
  const asIs = searches ? { ...demand, hasServerTools: true } : demand;
  if (demand.maxOutputTokens === undefined || demand.maxOutputTokens === 0) return asIs;
  if (heedsLimit(target, asked)) return asIs;
  const { maxOutputTokens: _ignored, ...rest } = asIs;
  return rest;
}

function heedsLimit({ provider, model, facts }: Target, { json }: ClientRequest): boolean {
  if (provider.quirks.refusedParameters?.some((name) => limitFields.includes(name)) === true) return false;
  // Nova takes no limit when it thinks hard (lib/dialects/bedrock/reasoning.ts).
  const nova = provider.type === 'bedrock' && (facts?.family ?? model).includes('nova');
  const effort = asString(json['reasoning_effort']) ?? asString(asObject(json['reasoning'])['effort']);
  return !(nova && (effort === 'high' || effort === 'xhigh' || effort === 'max'));
}
