import type { HealthView } from '../../lib/domain/health.ts';

/** Nothing is known of anything. */
export const unknownHealth: HealthView = { route: () => undefined, key: () => undefined };
