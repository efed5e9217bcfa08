import { parseClientRequest } from '../dialects/index.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { Decision } from '../domain/decision.ts';
import { explanationOf, type Explanation } from '../domain/explanation.ts';
import { GatewayError } from '../domain/failure.ts';
import { asArray, asObject, parseJson } from '../domain/json.ts';
import type { Operation } from '../domain/policy.ts';
import { NoTarget } from '../routing/no-target.ts';
import type { GatewayRequest } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';

const operations: readonly Operation[] = ['chat', 'responses', 'embeddings'];

/**
 * A request to be decided and not carried out. What it is for is told by `?operation=`, else by its body: messages are a
 * chat's; an input with `encoding_format` or `dimensions`, or a list of texts, is an embedding's; any other input is for Responses.
 */
export function readDryRun({ body, headers, query }: GatewayRequest): ClientRequest {
  return parseClientRequest(operationOf(query['operation'], body), body, headers);
}

function operationOf(given: string | undefined, body: string): Operation {
  if (given !== undefined) {
    const operation = operations.find((each) => each === given);
    if (operation !== undefined) return operation;
    throw new GatewayError(
      'invalid_request',
      `operation must be one of ${operations.join(', ')}, but is "${given.slice(0, 40)}"`,
      { param: 'operation' },
    );
  }
  const json = asObject(parseJson(body));
  if (json['input'] === undefined || json['messages'] !== undefined) return 'chat';
  const texts = asArray(json['input']);
  const embeds =
    json['encoding_format'] !== undefined ||
    json['dimensions'] !== undefined ||
    (texts.length > 0 && texts.every((text) => typeof text === 'string'));
  return embeds ? 'embeddings' : 'responses';
}

/** What would become of a request, as its caller reads it. */
export interface DryRun extends Explanation {
  readonly object: 'routing_decision';
  readonly model: string;
  readonly operation: Operation;
  readonly region: string;
  readonly reason?: string;
  /** What would be answered instead of an attempt. */
  readonly error?: { readonly status: number; readonly code: string; readonly message: string };
}

/** The decision, or why there is none; an owner over its limit would be refused before the first attempt. */
export async function dryRun(
  region: string,
  asked: ClientRequest,
  quotas: RequestQuotas | undefined,
  decide: () => Promise<Decision>,
): Promise<DryRun> {
  const about = {
    object: 'routing_decision',
    model: asked.model,
    operation: asked.operation,
    region,
  } as const;
  try {
    const decision = await decide();
    const spent = quotas?.ownersSpent();
    const refused = spent === undefined ? undefined : new GatewayError(spent.code, spent.message);
    return {
      ...about,
      reason: decision.reason,
      ...explanationOf(decision),
      ...(refused !== undefined && { error: told(refused) }),
    };
  } catch (error) {
    if (!(error instanceof NoTarget)) throw error;
    return { ...about, ...explanationOf(error), error: told(error) };
  }
}

const told = ({ status, code, message }: GatewayError): NonNullable<DryRun['error']> => ({
  status,
  code,
  message,
});
