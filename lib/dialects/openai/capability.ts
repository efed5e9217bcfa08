import type { Target } from '../../domain/decision.ts';
import type { ClientRequest, Unsupported } from '../contract.ts';
import { asksForNothing } from './neutral/others.ts';
import { quirksOf } from './outbound.ts';

/** Parameters without which an answer is as good as with them. */
const samplingHints = new Set([
  ...[
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'logit_bias',
    'temperature',
    'top_p',
    'top_k',
    'verbosity',
  ],
  ...['service_tier', 'store'],
]);

/**
 * What this host refuses of a request that otherwise passes as it is: the parameters of its `refusedParameters` that
 * ask for something. Hints and default values among them are left out of the outbound request instead.
 */
export function unsupported(request: ClientRequest, target: Target): readonly Unsupported[] {
  const refused = quirksOf(target).refusedParameters;
  if (refused === undefined) return [];
  const { json } = request;
  const found = refused.filter((name) => json[name] !== undefined && !isDefault(name, json[name]));
  return found.map((parameter) => ({
    parameter,
    reason: `${target.provider.id} does not take ${parameter}`,
    droppable: samplingHints.has(parameter),
  }));

  function isDefault(name: string, value: Parameters<typeof asksForNothing>[1]): boolean {
    if (name === 'frequency_penalty' || name === 'presence_penalty') return value === 0 || value === null;
    if (name === 'service_tier') return value === 'auto' || value === 'default' || value === null;
    if (name === 'background') return value === false || value === null;
    return asksForNothing(name, value);
  }
}
