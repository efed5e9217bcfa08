/**
 * The routes of administration, as data: the function serves them, the deployment makes IAM policies of them, and the
 * local runner keeps them by the same rights. Imports nothing, so that the deployment can read it.
 */

/** Each includes the ones before it. */
export const adminRoles = ['viewer', 'operator', 'owner'] as const;
export type AdminRole = (typeof adminRoles)[number];

/** On the same REST API as the gateway. */
export const adminBasePath = '/admin/v1';

/** Segments in braces stand for a name, percent-encoded. */
export const adminRoutes = [
  { action: 'document.read', method: 'GET', path: '/document', role: 'viewer' },
  { action: 'document.check', method: 'POST', path: '/document/check', role: 'viewer' },
  { action: 'document.replace', method: 'PUT', path: '/document', role: 'owner' },
  { action: 'key.list', method: 'GET', path: '/keys', role: 'viewer' },
  { action: 'key.create', method: 'POST', path: '/keys', role: 'operator' },
  { action: 'key.rotate', method: 'POST', path: '/keys/{id}/rotate', role: 'operator' },
  { action: 'key.disable', method: 'POST', path: '/keys/{id}/disable', role: 'operator' },
  { action: 'key.enable', method: 'POST', path: '/keys/{id}/enable', role: 'operator' },
  { action: 'key.delete', method: 'DELETE', path: '/keys/{id}', role: 'operator' },
  { action: 'usage.read', method: 'GET', path: '/usage', role: 'viewer' },
  { action: 'quota.reset', method: 'POST', path: '/quotas/reset', role: 'operator' },
  { action: 'quota.top-up', method: 'POST', path: '/quotas/top-up', role: 'operator' },
  { action: 'provider-key.list', method: 'GET', path: '/provider-keys', role: 'viewer' },
  { action: 'settlement.read', method: 'GET', path: '/settlements', role: 'viewer' },
  { action: 'settlement.replay', method: 'POST', path: '/settlements/replay', role: 'operator' },
  { action: 'region.leave', method: 'POST', path: '/region/leave', role: 'owner' },
  { action: 'audit.read', method: 'GET', path: '/audit', role: 'viewer' },
  { action: 'decision.read', method: 'GET', path: '/decisions/{requestId}', role: 'viewer' },
] as const satisfies readonly {
  readonly action: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly role: AdminRole;
}[];

export type AdminRoute = (typeof adminRoutes)[number];
export type AdminAction = AdminRoute['action'];

/** The routes a role may call. */
export const routesOf = (role: AdminRole): readonly AdminRoute[] =>
  adminRoutes.filter((route) => adminRoles.indexOf(route.role) <= adminRoles.indexOf(role));
