import type { Admittance, Bill, Permit, Spent } from '../domain/admission.ts';
import type { ClientRequest } from '../dialects/contract.ts';
import type { ConsumedAttempt } from '../domain/consumption.ts';
import type { Target } from '../domain/decision.ts';
import type { Caller, Policy, ProviderKey } from '../domain/policy.ts';
import { costOf } from './cost-of.ts';
import type { Gateway } from './gateway.ts';
import type { QuotaAdmission, RequestQuotas } from './request-quotas.ts';
import { ownersOf } from './owners.ts';
import { usageOf } from './usage-of.ts';

/** What a request runs up, attempt by attempt: every one is admitted before it is sent, and settled whatever becomes of it. */
export class Tab {
  readonly #gateway: Gateway;
  readonly #policy: Policy;
  readonly #caller: Caller;
  readonly #asked: ClientRequest;
  readonly #quotas: RequestQuotas | undefined;
  readonly #consumed: ConsumedAttempt[] = [];
  #costMicroUsd = 0;
  #priced = true;
  #open = 0;
  #onClosed: (() => void) | undefined;

  constructor(
    gateway: Gateway,
    policy: Policy,
    caller: Caller,
    asked: ClientRequest,
    /** Absent: no limit applies. */
    quotas: RequestQuotas | undefined,
  ) {
    this.#gateway = gateway;
    this.#policy = policy;
    this.#caller = caller;
    this.#asked = asked;
    this.#quotas = quotas;
  }

  /** Asks every limit that applies to this attempt; `asked` is what it sends, where that is not the request itself. */
  admit(target: Target, key: ProviderKey | undefined, asked = this.#asked): Admittance | Promise<Admittance> {
    this.#open += 1;
    return this.#quotas === undefined
      ? this.#permit(target, asked, undefined)
      : this.#ask(this.#quotas, target, key, asked);
  }

  /** Of everything settled so far; undefined where the price of something is not known, or nothing was consumed. */
  get costMicroUsd(): number | undefined {
    return this.#priced && this.#consumed.length > 0 ? this.#costMicroUsd : undefined;
  }

  /** Resolves when every attempt is settled; with what they have consumed. Hedges that lost take a moment to end. */
  async closed(): Promise<readonly ConsumedAttempt[]> {
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#onClosed = resolve));
    return this.#consumed;
  }

  async #ask(
    quotas: RequestQuotas,
    target: Target,
    key: ProviderKey | undefined,
    asked: ClientRequest,
  ): Promise<Admittance> {
    let admitted: Permit | undefined;
    try {
      const answer = await quotas.admit(asked, target, key);
      if ('whose' in answer) return answer;
      return (admitted = this.#permit(target, asked, answer));
    } finally {
      // An attempt that is not made, for whatever reason, is nothing to wait for.
      if (admitted === undefined) this.#close();
    }
  }

  #permit(target: Target, asked: ClientRequest, admission: QuotaAdmission | undefined): Permit {
    let bill: Bill | undefined;
    const settle = (spent: Spent): Bill => {
      try {
        return this.#settle(target, asked, spent, admission);
      } finally {
        this.#close();
      }
    };
    return { settle: (spent) => (bill ??= settle(spent)) };
  }

  #settle(target: Target, asked: ClientRequest, spent: Spent, admission: QuotaAdmission | undefined): Bill {
    if (spent.kind === 'nothing') {
      admission?.release();
      return {};
    }
    const usage = usageOf(asked, spent);
    const cost = costOf(this.#gateway, this.#policy, target, usage, asked);
    admission?.settle(usage, cost);
    const costMicroUsd = cost.known ? cost.microUsd : cost.atLeastMicroUsd;
    this.#costMicroUsd += costMicroUsd;
    this.#priced &&= cost.known;
    this.#consumed.push({
      owners: ownersOf(this.#caller),
      provider: target.provider.id,
      model: isKnown(this.#policy, target) ? target.model : 'other',
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      costMicroUsd,
      atMs: this.#gateway.clock.nowMs(),
    });
    return { usage, ...(cost.known && { costMicroUsd: cost.microUsd }) };
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#onClosed?.();
  }
}

/** Callers may name any model of an in-house provider: what is written down must not grow with what they type. */
const isKnown = (policy: Policy, { facts, provider, model }: Target): boolean =>
  facts !== undefined || policy.prices.has(`${provider.id}/${model}`);
