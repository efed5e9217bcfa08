import { parseClientRequest } from './dialects/index.ts';
import type { ClientRequest } from './dialects/contract.ts';
import { routeOf } from './dialects/routes.ts';
import { GatewayError } from './domain/failure.ts';
import type { Caller } from './domain/policy.ts';
import { responseHeaders } from './execution/response-headers.ts';
import { decideWithDialects } from './pipeline/decide.ts';
import { execute, runOf } from './pipeline/execute.ts';
import { limitsOf } from './pipeline/limits.ts';
import type { Gateway, GatewayRequest, GatewayResponse } from './pipeline/gateway.ts';
import { refuse } from './pipeline/refuse.ts';
import type { Served } from './pipeline/served.ts';
import { Tab } from './pipeline/tab.ts';
import { whoAsks } from './pipeline/who-asks.ts';
import { requireZone } from './policy/residency.ts';
import { Trace } from './telemetry.ts';

export type { Gateway, GatewayRequest, GatewayResponse } from './pipeline/gateway.ts';

/** A Lambda event holds 6 MB, and JSON grows by its escapes inside it. */
const maxBodyBytes = 5 * 1024 * 1024;

/** Names are logged and sent back: what is longer is none, and may be a prompt in the wrong place. */
const maxModelChars = 512;

/** A request from top to bottom. Never rejects: what goes wrong becomes a response in the client's dialect. */
export async function serve(gateway: Gateway, request: GatewayRequest): Promise<GatewayResponse> {
  const trace = new Trace(request.requestId, gateway.clock);
  const served: Served = { traceHeader: request.traceHeader };
  try {
    const route = routeOf(request.method, request.path);
    if (route.kind === 'health') return await health(gateway, trace, request.method);
    if (route.kind === 'alive') return plain(gateway, trace, '');
    // Health is read beside the policy and the figures of limits, not after them.
    const healthReady = gateway.healthReady();
    const { policy, caller } = await whoAsks(gateway, request.headers);
    requireZone(caller, gateway.region, gateway.zoneEndpoints);
    trace.know(ownersIn(caller));
    const quotas = (served.quotas = await limitsOf(gateway, policy, caller));
    await healthReady;
    if (route.kind === 'route') {
      const { readDryRun, dryRun } = await import('./pipeline/dry-run.ts');
      const asked = await limited(
        receive(request, () => readDryRun(request)),
        caller,
      );
      const decide = () => decideWithDialects(gateway, policy, caller, quotas, asked, request);
      const answer = await dryRun(gateway.region.name, asked, quotas, decide);
      return plain(gateway, trace, JSON.stringify(answer), served);
    }
    if (route.kind !== 'operation') {
      const { models } = await import('./pipeline/models.ts');
      return plain(gateway, trace, await models(gateway, policy, caller, quotas, route), served);
    }
    served.policy = policy;
    const { operation } = route;
    const asked = await limited(
      receive(request, () => parseClientRequest(operation, request.body, request.headers)),
      caller,
    );
    trace.know({ operation: asked.operation, stream: asked.stream, requestedModel: asked.model });
    const decision = (served.decision = await decideWithDialects(
      gateway,
      policy,
      caller,
      quotas,
      asked,
      request,
    ));
    trace.know({ decision: decision.reason });
    const tab = (served.tab = new Tab(gateway, policy, caller, asked, quotas));
    const run = runOf(gateway, request, asked, decision, tab, trace);
    return await execute(gateway, run, { ...served, decision, tab }, trace);
  } catch (error) {
    return refuse(gateway, trace, served, error);
  }
}

const ownersIn = (caller: Caller) => ({
  virtualKeyId: caller.virtualKeyId,
  ...(caller.teamId === undefined ? {} : { teamId: caller.teamId }),
  ...(caller.customerId === undefined ? {} : { customerId: caller.customerId }),
});

/** A virtual key's `maxOutputTokens` is asked for where the request sets no limit of its own. */
async function limited(asked: ClientRequest, { maxOutputTokens }: Caller): Promise<ClientRequest> {
  if (maxOutputTokens === undefined) return asked;
  const { withOutputLimit } = await import('./dialects/openai/output-limit.ts');
  return withOutputLimit(asked, maxOutputTokens);
}

function receive(request: GatewayRequest, parse: () => ClientRequest): ClientRequest {
  const bytes = Buffer.byteLength(request.body);
  if (bytes > maxBodyBytes) {
    throw new GatewayError(
      'request_too_large',
      `the body has ${bytes} bytes; at most ${maxBodyBytes} are taken`,
    );
  }
  const asked = parse();
  for (const [index, name] of [asked.model, ...asked.fallbacks].entries()) {
    if (name.length <= maxModelChars) continue;
    const param = index === 0 ? 'model' : `fallbacks[${index - 1}]`;
    throw new GatewayError(
      'invalid_request',
      `${param} has ${name.length} characters; at most ${maxModelChars} are taken`,
      { param },
    );
  }
  return asked;
}

/** Whether this region can serve. A provider's outage is none of this region's. */
async function health(gateway: Gateway, trace: Trace, method: string): Promise<GatewayResponse> {
  const { ready, policyVersion, checks } = await gateway.readiness();
  const body = JSON.stringify({
    status: ready ? 'ok' : 'unavailable',
    region: gateway.region.name,
    zones: gateway.region.zones,
    policy: policyVersion,
    checks,
  });
  // Who asks by HEAD is told by the status alone.
  return { ...plain(gateway, trace, method === 'HEAD' ? '' : body), status: ready ? 200 : 503 };
}

const plain = (gateway: Gateway, trace: Trace, body: string, served?: Served): GatewayResponse => ({
  status: 200,
  headers: responseHeaders({
    requestId: trace.requestId,
    region: gateway.region.name,
    contentType: 'application/json',
    attempts: 0,
    rateLimits: served?.quotas?.headers(),
  }),
  body,
  settled: gateway.settleStores(),
});
