import { costMicroUsd } from './accounting/cost.ts';
import { estimateOutputTokens, estimateTokens } from './accounting/estimate.ts';
import { findModel, listModels } from './accounting/models.ts';
import type { ClientRequest, ProviderDialect } from './dialects/contract.ts';
import { openAiClient, parseClientRequest } from './dialects/index.ts';
import type { Route } from './dialects/routes.ts';
import { routeOf } from './dialects/routes.ts';
import type { Decision, Target } from './domain/decision.ts';
import { GatewayError } from './domain/failure.ts';
import type { Caller, Catalog, Operation, Policy, ProviderType } from './domain/policy.ts';
import type { Clock, Headers, OutputBody, Random } from './domain/ports.ts';
import type { Usage } from './domain/usage.ts';
import { answerStream, answerWhole } from './execution/deliver.ts';
import type { Answer } from './execution/outcome.ts';
import { AttemptLog } from './execution/outcome.ts';
import { responseHeaders } from './execution/response-headers.ts';
import type { ExecutionPorts, Run } from './execution/target-run.ts';
import { identify } from './identity/identify.ts';
import { hashVirtualKey, presentedKey } from './identity/virtual-key.ts';
import { requireZone } from './policy/residency.ts';
import type { RoutingContext } from './routing/candidate.ts';
import { decide } from './routing/decide.ts';
import { orderByWeight } from './routing/select.ts';
import { usableModels } from './routing/usable-models.ts';
import type { GovernanceReader } from './stores/governance-reader.ts';
import { requestLine, Trace } from './telemetry.ts';

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

/** API Gateway gives up a connection that is silent for 300 s, and a whole reply is silent until it is there. */
const wholeReplyLimitMs = 290_000;
/** Kept back from the invocation's time for settling. */
const settleReserveMs = 30_000;
/** A Lambda event holds 6 MB, and JSON grows by its escapes inside it. */
const maxBodyBytes = 5 * 1024 * 1024;

/** A request from top to bottom. Never rejects: what goes wrong becomes a response in the client's dialect. */
export async function serve(gateway: Gateway, request: GatewayRequest): Promise<GatewayResponse> {
  const trace = new Trace(request.requestId, gateway.clock);
  try {
    const route = routeOf(request.method, request.path);
    if (route.kind === 'alive') return plain(gateway, trace, '');
    if (route.kind === 'health') return plain(gateway, trace, await health(gateway));
    const { policy, caller } = await whoAsks(gateway, request.headers);
    requireZone(caller, gateway.region, gateway.zoneEndpoints);
    trace.know(ownersOf(caller));
    if (route.kind !== 'operation')
      return plain(gateway, trace, await models(gateway, policy, caller, route));
    const asked = receive(route.operation, request);
    trace.know({ operation: asked.operation, stream: asked.stream, requestedModel: asked.model });
    const decision = await decideWithDialects(gateway, policy, caller, asked);
    trace.know({ decision: decision.reason });
    return await execute(
      gateway,
      policy,
      decision,
      await runOf(gateway, request, asked, decision, trace),
      trace,
    );
  } catch (error) {
    return refuse(gateway, trace, error);
  }
}

/** Virtual key -> owners. On a warm function nothing is awaited. */
async function whoAsks(gateway: Gateway, headers: Headers): Promise<{ policy: Policy; caller: Caller }> {
  const key = presentedKey(headers);
  if (key instanceof GatewayError) throw key;
  const hash = hashVirtualKey(key);
  const { policy, known } = gateway.governance.peek(hash) ?? (await gateway.governance.view(hash));
  const caller = identify(hash, known, gateway.clock.nowMs());
  if (caller instanceof GatewayError) throw caller;
  return { policy, caller };
}

const ownersOf = (caller: Caller) => ({
  virtualKeyId: caller.virtualKeyId,
  ...(caller.teamId === undefined ? {} : { teamId: caller.teamId }),
  ...(caller.customerId === undefined ? {} : { customerId: caller.customerId }),
});

function receive(operation: Operation, request: GatewayRequest): ClientRequest {
  const bytes = Buffer.byteLength(request.body);
  if (bytes > maxBodyBytes) {
    throw new GatewayError(
      'request_too_large',
      `the body has ${bytes} bytes; at most ${maxBodyBytes} are taken`,
    );
  }
  return parseClientRequest(operation, request.body, request.headers);
}

/** Rules of who may go where, over what each dialect can carry. Dialects nobody needed yet are loaded, then it decides again. */
async function decideWithDialects(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  asked: ClientRequest,
): Promise<Decision> {
  const catalog = await gateway.catalog();
  for (;;) {
    const loading: Promise<ProviderDialect>[] = [];
    const cannotCarry: RoutingContext['cannotCarry'] = (target) => {
      const dialect = gateway.dialect(target.provider.type);
      if (dialect instanceof Promise) {
        loading.push(dialect);
        return undefined;
      }
      const { dropUnsupported } = target.provider;
      return dialect.unsupported(asked, target).find((each) => !(dropUnsupported && each.droppable));
    };
    const context = {
      ...filters(gateway, policy, caller, catalog, asked.sessionKey),
      operation: asked.operation,
      cannotCarry,
    };
    const request = { model: asked.model, fallbacks: asked.fallbacks, sessionKey: asked.sessionKey };
    const decision = decide(context, request, gateway.random);
    if (loading.length === 0) return decision;
    await Promise.all(loading);
  }
}

function filters(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  catalog: Catalog,
  sessionKey: string | undefined,
): Omit<RoutingContext, 'operation' | 'cannotCarry'> {
  const nowMs = gateway.clock.nowMs();
  return {
    policy,
    caller,
    catalog,
    keyUsable: (provider, key, model) =>
      !gateway.keyUnusable(key) && !gateway.execution.rests.isResting(provider.id, key.id, model, nowMs),
    orderKeys: (_provider, keys) =>
      orderByWeight(
        keys.map((key) => ({ item: key, id: key.id, weight: key.weight })),
        gateway.random,
        sessionKey,
      ),
  };
}

async function runOf(
  gateway: Gateway,
  request: GatewayRequest,
  asked: ClientRequest,
  decision: Decision,
  trace: Trace,
): Promise<Run> {
  const types = [...new Set(decision.order.map((target) => target.provider.type))];
  const dialects = new Map(
    await Promise.all(types.map(async (type) => [type, await gateway.dialect(type)] as const)),
  );
  const log = new AttemptLog();
  trace.follow(() => log.entries);
  const limitMs = Math.min(
    decision.order[0]?.settings.deadlineMs ?? 0,
    Math.max(0, request.remainingMs - settleReserveMs),
    asked.stream ? Infinity : wholeReplyLimitMs,
  );
  return {
    ports: {
      ...gateway.execution,
      clock: gateway.clock,
      random: gateway.random,
      dialectOf: (target) => {
        const dialect = dialects.get(target.provider.type);
        if (dialect === undefined) throw new Error(`no dialect for ${target.provider.type}`);
        return dialect;
      },
    },
    request: asked,
    context: (target) => ({
      requestId: request.requestId,
      createdS: Math.floor(trace.startedMs / 1000),
      model: target.model,
      wantsStreamUsage: asked.wantsStreamUsage,
    }),
    deadlineAtMs: trace.startedMs + limitMs,
    log,
  };
}

async function execute(
  gateway: Gateway,
  policy: Policy,
  decision: Decision,
  run: Run,
  trace: Trace,
): Promise<GatewayResponse> {
  const headersOf = (contentType: string, answer: Answer | undefined, cost?: number): Headers =>
    responseHeaders({
      requestId: trace.requestId,
      region: gateway.region.name,
      contentType,
      attempts: trace.attempts.length,
      decision,
      answer,
      costMicroUsd: cost,
    });

  if (!run.request.stream) {
    const answer = await answerWhole(run, decision.order);
    trace.know({ firstContentMs: trace.elapsedMs() });
    if (answer.outcome.kind !== 'reply') throw new Error('a stream answered a request for a whole reply');
    const { reply } = answer.outcome;
    const cost = charge(policy, gateway, answer, reply.usage, trace);
    return {
      status: 200,
      headers: headersOf(reply.contentType, answer, cost),
      body: reply.body,
      settled: settle(gateway, trace, 200),
    };
  }

  const { answer, pour, ended } = await answerStream(run, decision.order);
  if (answer !== undefined) trace.know({ firstContentMs: trace.elapsedMs() });
  return {
    status: 200,
    headers: headersOf('text/event-stream; charset=utf-8', answer),
    body: pour,
    settled: ended.then((end) => {
      if (end.answer !== undefined) {
        charge(policy, gateway, end.answer, end.usage ?? estimated(run.request, end.outputChars), trace);
      }
      return settle(gateway, trace, 200, end.error);
    }),
  };
}

/** Usage -> cost, noted in the record. The cost in micro-dollars where it is known. */
function charge(
  policy: Policy,
  gateway: Gateway,
  answer: Answer,
  usage: Usage | undefined,
  trace: Trace,
): number | undefined {
  const { provider, model, facts } = answer.target;
  trace.know({ provider: provider.id, model });
  if (usage === undefined) return undefined;
  const pricesOf = (name: string) => {
    const own = policy.prices.get(`${provider.id}/${name}`);
    if (own !== undefined) return own;
    if (name === model && facts?.prices !== undefined) return facts.prices;
    const catalog = gateway.catalog();
    return catalog instanceof Promise || provider.catalogId === undefined
      ? undefined
      : catalog.find(provider.catalogId, name)?.prices;
  };
  const cost = costMicroUsd(usage, pricesOf(model), {
    model,
    pricesOf,
    ...(provider.catalogId === undefined ? {} : { catalogId: provider.catalogId }),
  });
  trace.know({ usage, ...(cost.known ? { costMicroUsd: cost.microUsd } : {}) });
  return cost.known ? cost.microUsd : undefined;
}

/** A stream that broke before its usage came is counted by what went in and what was seen. */
const estimated = (asked: ClientRequest, outputChars: number): Usage => ({
  inputTokens: estimateTokens(asked.text),
  outputTokens: estimateOutputTokens(outputChars),
  estimated: true,
});

async function settle(gateway: Gateway, trace: Trace, status: number, error?: GatewayError): Promise<void> {
  gateway.log(requestLine(trace.close(status, error)));
  await gateway.settleStores();
}

/** Whether this region can serve: its policy is there. A provider's outage is none of this region's. */
async function health(gateway: Gateway): Promise<string> {
  const { policy } = await gateway.governance.view(hashVirtualKey(''));
  return JSON.stringify({
    status: 'ok',
    region: gateway.region.name,
    zones: gateway.region.zones,
    policy: policy.version,
  });
}

async function models(
  gateway: Gateway,
  policy: Policy,
  caller: Caller,
  route: Extract<Route, { kind: 'models' | 'model' }>,
): Promise<string> {
  const usable = usableModels(filters(gateway, policy, caller, await gateway.catalog(), undefined));
  const list = listModels(usable, policy.aliases, 0);
  if (route.kind === 'models') return JSON.stringify(list);
  const model = findModel(list, route.id);
  if (model === undefined) {
    throw new GatewayError(
      'model_not_found',
      `model "${route.id}" not found for virtual key "${caller.virtualKeyId}"`,
      {
        param: 'model',
      },
    );
  }
  return JSON.stringify(model);
}

const plain = (gateway: Gateway, trace: Trace, body: string): GatewayResponse => ({
  status: 200,
  headers: responseHeaders({
    requestId: trace.requestId,
    region: gateway.region.name,
    contentType: 'application/json',
    attempts: 0,
  }),
  body,
  settled: gateway.settleStores(),
});

function refuse(gateway: Gateway, trace: Trace, thrown: unknown): GatewayResponse {
  const known = thrown instanceof GatewayError;
  const error = known
    ? thrown
    : new GatewayError('internal_error', 'the gateway failed; the log has the request id');
  if (!known) gateway.log({ event: 'internal_error', request_id: trace.requestId, ...whereItBroke(thrown) });
  return {
    status: error.status,
    headers: responseHeaders({
      requestId: trace.requestId,
      region: gateway.region.name,
      contentType: 'application/json',
      attempts: trace.attempts.length,
      error,
    }),
    body: openAiClient.writeError(error),
    // A request that crossed its border is refused unlogged.
    settled:
      error.code === 'residency_violation'
        ? gateway.settleStores()
        : settle(gateway, trace, error.status, error),
  };
}

/** Name and place of a defect, for the log; its message may quote the request and is left out. */
function whereItBroke(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { error: thrown.name, at: frames.slice(0, 6).map((line) => line.trim()) };
}
