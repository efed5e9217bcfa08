import { catalogData, loadCatalog } from '../../lib/accounting/catalog.ts';
import { hostProfile, loadDialect } from '../../lib/dialects/index.ts';
import type { HealthView } from '../../lib/domain/health.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type {
  ByteSink,
  ByteSource,
  Clock,
  OutboundResponse,
  Random,
  Transport,
} from '../../lib/domain/ports.ts';
import { TransportError } from '../../lib/domain/ports.ts';
import { HedgeBudget } from '../../lib/execution/hedge.ts';
import { KeyPauses } from '../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../lib/execution/key-rests.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import type { Gateway } from '../../lib/pipeline.ts';
import type { GatewayDocument } from '../../lib/policy/document.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../lib/policy/stored.ts';
import { unknownHealth } from './unknown-health.ts';

/** What a provider does at once: the pieces of its body, and whether it ends or breaks off behind them. */
export interface Instant {
  readonly status: number;
  readonly type: string;
  readonly pieces: readonly string[];
  readonly cut?: boolean;
}

/** Providers that answer without any time passing; `seen` names the hosts that were asked, in order. */
export function instantTransport(
  answer: (host: string, body: string) => Instant | 'refused',
): Transport & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    send: ({ url, body }) => {
      const { hostname } = new URL(url);
      seen.push(hostname);
      const says = answer(hostname, typeof body === 'string' ? body : Buffer.from(body).toString());
      if (says === 'refused') return Promise.reject(new TransportError('refused', 'nobody is there'));
      const response: OutboundResponse = {
        status: says.status,
        headers: { 'content-type': says.type },
        body: new InstantBody(says),
      };
      return Promise.resolve(response);
    },
  };
}

class InstantBody implements ByteSource {
  readonly #says: Instant;
  readonly #left: string[];
  #sink: ByteSink | undefined;
  #paused = false;
  #running = false;

  constructor(says: Instant) {
    this.#says = says;
    this.#left = [...says.pieces];
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.#run();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#run();
  }

  destroy(): void {
    this.#sink = undefined;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    while (this.#sink !== undefined && !this.#paused) {
      const piece = this.#left.shift();
      if (piece !== undefined) {
        this.#sink.data(Buffer.from(piece));
        continue;
      }
      const sink = this.#sink;
      this.#sink = undefined;
      if (this.#says.cut === true) sink.fail(new TransportError('cut', 'the connection broke'));
      else sink.end();
    }
    this.#running = false;
  }
}

export interface PureOptions {
  /** As parseDocument gives it: without keys in clear, without limits. */
  readonly document: GatewayDocument;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly health?: HealthView;
  readonly region: Gateway['region'];
  readonly log?: (line: JsonObject) => void;
}

/** The whole pipeline on a document, without a database: every virtual key is known at once. */
export async function pureGateway(options: PureOptions): Promise<Gateway> {
  const { document, transport, clock, random, health = unknownHealth, region } = options;
  const { customers = [], teams = [], virtualKeys = [], ...rest } = document;
  const policy = await compileStoredPolicy(rest, { version: 1, digest: 'd' }, hostProfile);
  const callers = new Map(
    virtualKeys.map((entry) => {
      const team = teams.find(({ id }) => id === entry.team);
      const customer = customers.find(({ id }) => id === (team?.customer ?? entry.customer));
      return [entry.hash ?? '', compileStoredCaller(entry, team, customer)];
    }),
  );
  const view = (hash: string) => {
    const caller = callers.get(hash);
    return { policy, known: caller === undefined ? undefined : { hash, caller } };
  };
  const catalog = loadCatalog(await catalogData());
  await Promise.all([loadDialect('anthropic'), loadDialect('bedrock'), loadDialect('gemini')]);
  const none = Promise.resolve();
  return {
    region,
    zoneEndpoints: new Map(),
    clock,
    random,
    governance: { peek: view, view: (hash) => Promise.resolve(view(hash)) },
    catalog: () => catalog,
    dialect: loadDialect,
    keyUnusable: () => false,
    execution: {
      transport,
      credential: () => ({ kind: 'api_key', value: 'a-secret-value' }),
      credentialRefused: () => Promise.resolve(false),
      rests: new KeyRests(),
      hedges: new HedgeBudget(),
      pauses: new KeyPauses(),
      health: { ...health, note: () => undefined },
    },
    healthReady: () => undefined,
    readiness: () => Promise.reject(new Error('nobody asks')),
    quotas: () => Promise.reject(new Error('a document with limits needs a ledger')),
    records: () => ({ consumption: { record: () => undefined }, decisions: { record: () => undefined } }),
    settleStores: () => none,
    log: (line) => options.log?.(JSON.parse(JSON.stringify(line))),
  };
}

export const hashOf = hashVirtualKey;
