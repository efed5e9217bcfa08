import { AdminError } from './errors.ts';
import { adminBasePath, adminRoutes, type AdminAction, type AdminRoute } from './routes.ts';

export interface FoundRoute {
  readonly action: AdminAction;
  /** What stands for the `{name}` segments, decoded. */
  readonly names: Readonly<Record<string, string>>;
}

/** @throws AdminError `not_found`, or `method_not_allowed` naming the methods the path knows */
export function routeOf(method: string, path: string): FoundRoute {
  const matching = adminRoutes.flatMap((route) => {
    const names = namesIn(route, path);
    return names === undefined ? [] : [{ route, names }];
  });
  const found = matching.find(({ route }) => route.method === method);
  if (found !== undefined) return { action: found.route.action, names: found.names };
  if (matching.length === 0) throw new AdminError('not_found', `there is no route ${path.slice(0, 200)}`);
  const allow = matching.map(({ route }) => route.method).join(', ');
  throw new AdminError('method_not_allowed', `this path takes ${allow}`, { headers: { allow } });
}

/** What a path has in the place of a route's `{name}` segments; undefined: it is not that route's. */
function namesIn(route: AdminRoute, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = `${adminBasePath}${route.path}`.split('/');
  const given = path.split('/');
  if (given.length !== wanted.length) return undefined;
  const names: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) {
      if (segment !== actual) return undefined;
      continue;
    }
    const decoded = decode(actual);
    if (decoded === undefined || decoded === '') return undefined;
    names[name] = decoded;
  }
  return names;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
