import { type AttemptSample, type HealthPort, type RouteHealth } from '../../lib/domain/health.ts';
import { unknownHealth } from './unknown-health.ts';

/** Keeps what it is told, and knows of routes what a test says. */
export interface RecordedHealth extends HealthPort {
  readonly samples: readonly AttemptSample[];
}

export function recordedHealth(p99Ms?: RouteHealth['p99Ms']): RecordedHealth {
  const samples: AttemptSample[] = [];
  return {
    ...unknownHealth,
    ...(p99Ms !== undefined && { route: () => ({ ...healthy, p99Ms }) }),
    samples,
    note: (sample) => void samples.push(sample),
  };
}

const healthy: RouteHealth = {
  state: 'healthy',
  share: 1,
  perSecond: 1,
  samples: 100,
  errorRate: 0,
  saturation: 0,
  typicalMs: () => undefined,
  p99Ms: () => undefined,
};
