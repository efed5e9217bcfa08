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
  envelope: Envelope,
): (model: string, provider: string) => RuleFacts {
  const { region } = gateway;
  const at = new Date(gateway.clock.nowMs());
  const common: Common = {
    asked,
    caller,
    params: envelope.query,
    region: region.name,
    zone: region.zones[0] ?? '',
    hour: at.getUTCHours(),
    weekday: at.getUTCDay(),
    headers: once(() => withoutCredentials(envelope.headers)),
    body: once(() => topLevelScalars(asked)),
    promptTokens: once(() => estimateTokens(asked.text)),
    used: once(() => percentUsed(quotas?.standings() ?? [])),
  };
  return (model, provider) => new RequestFacts(model, provider, common);
}

/** The facts that do not change with the name a request is asked under. */
interface Common {
  readonly asked: ClientRequest;
  readonly caller: Caller;
  readonly params: Headers;
  readonly region: string;
  readonly zone: string;
  readonly hour: number;
  readonly weekday: number;
  readonly headers: () => Headers;
  readonly body: () => RuleFacts['body'];
  readonly promptTokens: () => number;
  readonly used: () => ReturnType<typeof percentUsed>;
}

/** A class, since an object of getters costs more to make than most rules to ask. */
class RequestFacts implements RuleFacts {
  readonly model: string;
  readonly provider: string;
  readonly #common: Common;

  constructor(model: string, provider: string, common: Common) {
    this.model = model;
    this.provider = provider;
    this.#common = common;
  }

  get request_type() {
    return this.#common.asked.operation;
  }
  get stream() {
    return this.#common.asked.stream;
  }
  get headers() {
    return this.#common.headers();
  }
  get params() {
    return this.#common.params;
  }
  get body() {
    return this.#common.body();
  }
  get virtual_key_id() {
    return this.#common.caller.virtualKeyId;
  }
  get virtual_key_name() {
    return this.#common.caller.virtualKeyName;
  }
  get team_id() {
    return this.#common.caller.teamId ?? '';
  }
  get team_name() {
    return this.#common.caller.teamName ?? '';
  }
  get customer_id() {
    return this.#common.caller.customerId ?? '';
  }
  get customer_name() {
    return this.#common.caller.customerName ?? '';
  }
  get region() {
    return this.#common.region;
  }
  get zone() {
    return this.#common.zone;
  }
  get hour() {
    return this.#common.hour;
  }
  get weekday() {
    return this.#common.weekday;
  }
  get prompt_tokens() {
    return this.#common.promptTokens();
  }
  get budget_used() {
    return this.#common.used().microUsd;
  }
  get tokens_used() {
    return this.#common.used().tokens;
  }
  get request() {
    return this.#common.used().requests;
  }
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
