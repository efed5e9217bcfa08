import { percentUsed } from '../accounting/quota/admission.ts';
import { estimateTokens } from '../accounting/estimate.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { Caller } from '../domain/policy.ts';
import type { Headers } from '../domain/ports.ts';
import type { RuleFacts } from '../domain/rules.ts';
import type { Gateway } from './gateway.ts';
import type { RequestQuotas } from './request-quotas.ts';

/** What came with a request, beside its body. */
export interface Envelope {
  /** Lower-case names. */
  readonly headers: Headers;
  readonly query: Headers;
}

/** Whoever writes a rule compares them; none of these is anybody's to compare. */
const credentials = ['authorization', 'x-api-key', 'x-goog-api-key', 'cookie', 'proxy-authorization'];

/**
 * What the rules may ask of one request, for every name it is asked under. Only what an expression mentions is computed:
 * a prompt is counted and limits are read once, when the first rule wants to know.
 */
export function ruleFacts(
  gateway: Pick<Gateway, 'region' | 'clock'>,
  caller: Caller,
  quotas: RequestQuotas | undefined,
  asked: ClientRequest,
  { headers, query }: Envelope,
): (model: string, provider: string) => RuleFacts {
  const at = new Date(gateway.clock.nowMs());
  const tokens = once(() => estimateTokens(asked.text));
  const used = once(() => percentUsed(quotas?.standings() ?? []));
  const shown = once(() => withoutCredentials(headers));
  const scalars = once(() => topLevelScalars(asked));
  return (model, provider) => ({
    model,
    provider,
    request_type: asked.operation,
    stream: asked.stream,
    params: query,
    virtual_key_id: caller.virtualKeyId,
    virtual_key_name: caller.virtualKeyName,
    team_id: caller.teamId ?? '',
    team_name: caller.teamName ?? '',
    customer_id: caller.customerId ?? '',
    customer_name: caller.customerName ?? '',
    region: gateway.region.name,
    zone: gateway.region.zones[0] ?? '',
    hour: at.getUTCHours(),
    weekday: at.getUTCDay(),
    get headers() {
      return shown();
    },
    get body() {
      return scalars();
    },
    get prompt_tokens() {
      return tokens();
    },
    get budget_used() {
      return used().microUsd;
    },
    get tokens_used() {
      return used().tokens;
    },
    get request() {
      return used().requests;
    },
  });
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

const withoutCredentials = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !credentials.includes(name)));

const topLevelScalars = ({ json }: ClientRequest): RuleFacts['body'] =>
  Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, value]]
        : [],
    ),
  );
