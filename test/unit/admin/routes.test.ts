import { describe, expect, it } from 'vitest';
import { AdminError } from '../../../lib/admin/errors.ts';
import { routeOf } from '../../../lib/admin/route-of.ts';
import { adminRoutes, routesOf } from '../../../lib/admin/routes.ts';

const found = (method: string, path: string) => {
  try {
    return routeOf(method, path);
  } catch (error) {
    if (error instanceof AdminError) return { code: error.code, ...error.headers };
    throw error;
  }
};

describe('routeOf', () => {
  it('finds every route under its own method and path', () => {
    for (const { action, method, path } of adminRoutes) {
      expect(routeOf(method, `/admin/v1${path.replace(/\{\w+\}/, 'x')}`).action).toBe(action);
    }
  });

  it('reads names, decoded', () => {
    expect(routeOf('POST', '/admin/v1/keys/a%2Fb.c/rotate')).toEqual({
      action: 'key.rotate',
      names: { id: 'a/b.c' },
    });
  });

  it.each([
    ['GET', '/admin/v1/nothing'],
    ['GET', '/admin/v1'],
    ['GET', '/admin/v1/keys/'],
    ['GET', '/admin/v1/document/'],
    ['POST', '/admin/v1/keys//rotate'],
    ['POST', '/admin/v1/keys/%zz/rotate'],
    ['GET', '/v1/document'],
  ])('does not know %s %s', (method, path) => {
    expect(found(method, path)).toEqual({ code: 'not_found' });
  });

  it('says which methods a path takes', () => {
    expect(found('PATCH', '/admin/v1/document')).toEqual({ code: 'method_not_allowed', allow: 'GET, PUT' });
    expect(found('GET', '/admin/v1/keys/app')).toEqual({ code: 'method_not_allowed', allow: 'DELETE' });
  });
});

describe('routesOf', () => {
  const actions = (role: 'viewer' | 'operator' | 'owner') => routesOf(role).map(({ action }) => action);

  it('gives a viewer what changes nothing', () => {
    expect(actions('viewer')).toEqual([
      'document.read',
      'document.check',
      'key.list',
      'usage.read',
      'provider-key.list',
      'settlement.read',
      'audit.read',
      'decision.read',
    ]);
  });

  it('keeps the document to the owner, who may do everything', () => {
    expect(actions('operator')).not.toContain('document.replace');
    expect(actions('operator')).toContain('quota.reset');
    expect(actions('operator')).toContain('settlement.replay');
    expect(actions('operator')).not.toContain('region.leave');
    expect(actions('owner')).toHaveLength(adminRoutes.length);
  });
});
