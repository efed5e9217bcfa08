import type { ProviderDialect } from '../dialects/contract.ts';
import type { ConsumptionLog } from '../domain/consumption.ts';
import type { DecisionRecord } from '../domain/decision-record.ts';
import type { Target } from '../domain/decision.ts';
import type { Caller, Catalog, Policy, ProviderType } from '../domain/policy.ts';
import type { Clock, Headers, OutputBody, Random } from '../domain/ports.ts';
import type { ExecutionPorts } from '../execution/run.ts';
import type { GovernanceReader } from '../stores/governance-reader.ts';
import type { Tracer } from '../telemetry/xray.ts';
import type { RequestQuotas } from './request-quotas.ts';

export interface GatewayRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Headers;
  /** The query string; of a name given twice, the last value. */
  readonly query: Headers;
  readonly body: string;
  /** What the platform still grants this invocation. */
  readonly remainingMs: number;
  /** Lambda's, of a request somebody traces. */
  readonly traceHeader?: string | undefined;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Whole, or poured out as it comes. */
  readonly body: Uint8Array | string | ((out: OutputBody) => void);
  /** Resolves when nothing of the request is left to do; never rejects. Await it before the invocation ends. */
  readonly settled: Promise<void>;
}

/** Where what happened is written down, after the last byte. */
export interface Records {
  readonly consumption: Pick<ConsumptionLog, 'record'>;
  readonly decisions: { record(decision: DecisionRecord): void };
}

/** What a region says of itself to whoever asks without a key: states, counts and ages. */
export interface Readiness {
  readonly ready: boolean;
  readonly policyVersion?: number;
  readonly checks: {
    readonly governance: 'ok' | 'unavailable';
    readonly quotas: 'ok' | 'unavailable';
    /** Empty: no snapshot is held, as without traffic. */
    readonly health: { readonly snapshotAgeMs?: number };
    /** Of provider keys. */
    readonly secrets: { readonly usable: number; readonly unusable: number; readonly unread: number };
  };
}

/** What one process needs to serve requests, made once. */
export interface Gateway {
  readonly region: { readonly name: string; readonly zones: readonly string[] };
  readonly zoneEndpoints: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly random: Random;
  readonly governance: Pick<GovernanceReader, 'peek' | 'view'>;
  readonly catalog: () => Catalog | Promise<Catalog>;
  readonly dialect: (type: ProviderType) => ProviderDialect | Promise<ProviderDialect>;
  /** Whether a provider key's secret is known to be unusable in this region. */
  readonly keyUnusable: (key: Target['keys'][number]) => boolean;
  readonly execution: Omit<ExecutionPorts, 'dialectOf' | 'clock' | 'random'>;
  /** A promise only where live health is too old to decide by; it never rejects. */
  readonly healthReady: () => Promise<void> | undefined;
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>;
  /** Of a caller with limits; loaded with the first. */
  readonly quotas: (policy: Policy, caller: Caller) => RequestQuotas | Promise<RequestQuotas>;
  /** Loaded when a request has something to write down. */
  readonly records: () => Records | Promise<Records>;
  /** Waits for what the stores do in the background; never rejects. */
  readonly settleStores: () => Promise<void>;
  readonly log: (line: object) => void;
  /** Where requests are traced; told when one is over. */
  readonly trace?: Tracer;
}
