import { GatewayError } from '../domain/failure.ts';
import type { Operation } from '../domain/policy.ts';

/** What a request is for, told by its method and path alone: the dialect of the client is known before its body is read. */
export type Route =
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'models' }
  | { readonly kind: 'model'; readonly id: string }
  /** A decision without a call. */
  | { readonly kind: 'route' }
  | { readonly kind: 'health' }
  /** HEAD anywhere else: SDKs and load balancers look whether somebody is there. */
  | { readonly kind: 'alive' };

const operations: Readonly<Record<string, Operation>> = {
  '/v1/chat/completions': 'chat',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
};

const gets: Readonly<Record<string, Route>> = {
  '/v1/models': { kind: 'models' },
  '/health': { kind: 'health' },
};

/** Throws GatewayError `not_found` or `method_not_allowed`, naming what the path takes. */
export function routeOf(method: string, path: string): Route {
  const at = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  if (method === 'HEAD') return { kind: at === '/health' ? 'health' : 'alive' };
  const operation = Object.hasOwn(operations, at) ? operations[at] : undefined;
  if (operation !== undefined) return require(method, 'POST', at, { kind: 'operation', operation });
  if (at === '/v1/route') return require(method, 'POST', at, { kind: 'route' });
  const get = Object.hasOwn(gets, at) ? gets[at] : undefined;
  if (get !== undefined) return require(method, 'GET', at, get);
  if (at.startsWith('/v1/models/')) return require(method, 'GET', at, { kind: 'model', id: modelId(at) });
  throw new GatewayError('not_found', `nothing is served at ${at.slice(0, 200)}`);
}

function require(method: string, expected: 'GET' | 'POST', path: string, route: Route): Route {
  if (method === expected) return route;
  throw new GatewayError('method_not_allowed', `${path} takes ${expected}, not ${method.slice(0, 20)}`);
}

function modelId(path: string): string {
  const encoded = path.slice('/v1/models/'.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new GatewayError('invalid_request', 'the model id in the path is not valid percent-encoding');
  }
}
