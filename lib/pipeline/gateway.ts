import type { ProviderDialect } from '../dialects/contract.ts';
import type { Target } from '../domain/decision.ts';
import type { Catalog, ProviderType } from '../domain/policy.ts';
import type { Clock, Headers, OutputBody, Random } from '../domain/ports.ts';
import type { ExecutionPorts } from '../execution/target-run.ts';
import type { GovernanceReader } from '../stores/governance-reader.ts';

export interface GatewayRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Headers;
  readonly body: string;
  /** What the platform still grants this invocation. */
  readonly remainingMs: number;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Whole, or poured out as it comes. */
  readonly body: Uint8Array | string | ((out: OutputBody) => void);
  /** Resolves when nothing of the request is left to do; never rejects. Await it before the invocation ends. */
  readonly settled: Promise<void>;
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
  /** Waits for what the stores do in the background; never rejects. */
  readonly settleStores: () => Promise<void>;
  readonly log: (line: object) => void;
}
