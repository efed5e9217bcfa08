import type { Cost } from '../accounting/cost.ts';
import { boundsOf } from '../accounting/quota/bound.ts';
import type { QuotaLedger } from '../accounting/quota/ledger.ts';
import { rateLimitHeaders } from '../accounting/quota/rate-limit-headers.ts';
import { noticeOf } from '../accounting/quota/refusal.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import { demandOf, type Demand } from '../dialects/openai/demand.ts';
import type { Denial } from '../domain/admission.ts';
import type { QuotaNotice, Target } from '../domain/decision.ts';
import type { Caller, Policy, ProviderKey } from '../domain/policy.ts';
import type { Clock, Headers } from '../domain/ports.ts';
import type { Bounds, Quota, Refusal, Standing } from '../domain/quota.ts';
import type { Usage } from '../domain/usage.ts';
import { pricesOf } from './cost-of.ts';
import { unboundedAt } from './unbounded-at.ts';

/** What an attempt holds in the ledger. */
export interface QuotaAdmission {
  /** It was not sent, or refused. */
  release(): void;
  settle(usage: Usage, cost: Cost): void;
}

/**
 * The quotas one request falls under. Those of virtual key, team, customer and the document count it once, wherever it
 * goes; those of provider entries, providers and provider keys count every attempt they see.
 */
export class RequestQuotas {
  readonly #ledger: QuotaLedger;
  readonly #clock: Clock;
  readonly #policy: Policy;
  readonly #caller: Caller;
  /** Of the request asked last: the attempts of one mostly send the same. */
  #demand: { readonly of: ClientRequest; readonly demand: Demand } | undefined;
  /** The request itself has been counted, by its first attempt. */
  #counted = false;
  #releasing: Promise<unknown> | undefined;

  constructor(ledger: QuotaLedger, clock: Clock, policy: Policy, caller: Caller) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#policy = policy;
    this.#caller = caller;
  }

  /** Reads what is over 30 s old (a thawed environment), in one batch; resolves at once otherwise. Never rejects. */
  async ready(): Promise<void> {
    const quotas = quotasOf(this.#policy, this.#caller);
    if (this.#ledger.known(quotas) === undefined) await this.#ledger.standings(quotas);
  }

  /** The first of these that has nothing left, as last known; undefined: all have. */
  spent(quotas: readonly Quota[]): QuotaNotice | undefined {
    if (quotas.length === 0) return undefined;
    const standing = this.#ledger.known(quotas)?.find(({ quota, used }) => used >= quota.limit);
    return standing === undefined ? undefined : this.#notice({ ...standing, reason: 'exhausted' });
  }

  /** The first of the limits of virtual key, team, customer and document that has nothing left. */
  ownersSpent(): QuotaNotice | undefined {
    return this.spent([...this.#caller.quotas, ...this.#policy.quotas]);
  }

  /** The part of these that is used, the highest of them, as last known: 0 to 1. */
  utilisation(quotas: readonly Quota[]): number {
    if (quotas.length === 0) return 0;
    const parts = (this.#ledger.known(quotas) ?? []).map(({ quota, used }) => used / quota.limit);
    return Math.min(1, Math.max(0, ...parts));
  }

  /** `x-ratelimit-*` of the caller's own quotas. */
  headers(): Headers {
    return rateLimitHeaders(this.#ledger.known(this.#caller.quotas) ?? [], this.#clock.nowMs());
  }

  /** How far the caller's own quotas are used, as last known. */
  standings(): readonly Standing[] {
    return this.#ledger.known(this.#caller.quotas) ?? [];
  }

  /** Admits one attempt under every quota it falls under. Never rejects. */
  async admit(
    asked: ClientRequest,
    target: Target,
    key: ProviderKey | undefined,
  ): Promise<QuotaAdmission | Denial> {
    const bounds = this.#boundsAt(asked, target);
    const counts = !this.#counted;
    this.#counted = true;
    const once = [...this.#caller.quotas, ...this.#policy.quotas];
    const quotas = [
      ...(counts ? once : once.filter(({ unit }) => unit !== 'requests')),
      ...grantQuotas(this.#caller, target.provider.id),
      ...target.provider.quotas,
      ...(key?.quotas ?? []),
    ];
    let admitted = await this.#ledger.admit(quotas, bounds);
    if (!admitted.admitted && this.#releasing !== undefined) {
      // What an earlier attempt of this request held may just be on its way back.
      await this.#releasing;
      admitted = await this.#ledger.admit(quotas, bounds);
    }
    if (!admitted.admitted) {
      if (counts) this.#counted = false;
      return this.#denial(admitted.refusal);
    }
    const { settle } = admitted;
    return {
      release: () => void (this.#releasing = settle({ requests: 1, tokens: 0, microUsd: 0 }, 'reported')),
      settle: (usage, cost) => {
        const tokens = usage.inputTokens + usage.outputTokens;
        const certain = cost.known && usage.estimated !== true;
        const microUsd = cost.known ? cost.microUsd : Math.max(cost.atLeastMicroUsd, mostOf(bounds));
        void settle({ requests: 1, tokens, microUsd }, certain ? 'reported' : 'estimated');
      },
    };
  }

  #boundsAt(asked: ClientRequest, target: Target): Bounds {
    if (this.#demand?.of !== asked) this.#demand = { of: asked, demand: demandOf(asked) };
    const { demand } = this.#demand;
    const prices = pricesOf(this.#policy, target);
    const { facts, provider } = target;
    return boundsOf({
      ...unboundedAt(target, asked, demand),
      ...(facts?.contextTokens !== undefined && { contextTokens: facts.contextTokens }),
      ...(facts?.family !== undefined && { family: facts.family }),
      ...(prices !== undefined && { prices }),
      ...(provider.catalogId !== undefined && { catalogId: provider.catalogId }),
    });
  }

  #denial(refusal: Refusal): Denial {
    const { owner, unit, limit } = refusal.quota;
    const whose =
      owner.kind === 'provider_key'
        ? 'key'
        : owner.kind === 'grant' || owner.kind === 'provider'
          ? 'target'
          : 'request';
    const empty = refusal.reason === 'exhausted' && (unit === 'requests' || refusal.used >= limit);
    const final = whose === 'request' && (empty || refusal.reason === 'unavailable');
    return { ...this.#notice(refusal), whose, final };
  }

  #notice(refusal: Refusal): QuotaNotice {
    const { code, message, retryAfterMs } = noticeOf(refusal, this.#clock.nowMs());
    return { code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

const mostOf = ({ microUsd }: Bounds): number => (microUsd.known ? microUsd.most : microUsd.knownPart);

const grantQuotas = ({ grants }: Caller, provider: string): readonly Quota[] =>
  grants.find((grant) => grant.provider === provider)?.quotas ?? [];

/** Everything a request of this caller can fall under. */
const quotasOf = (policy: Policy, caller: Caller): readonly Quota[] => [
  ...caller.quotas,
  ...policy.quotas,
  ...caller.grants.flatMap((grant) => {
    const provider = policy.providers.get(grant.provider);
    return [
      ...grant.quotas,
      ...(provider?.quotas ?? []),
      ...(provider?.keys ?? []).flatMap((key) => key.quotas),
    ];
  }),
];
