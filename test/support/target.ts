import type { Permit } from '../../lib/domain/admission.ts';
import type { Target } from '../../lib/domain/decision.ts';
import type { ExecutionSettings, Provider } from '../../lib/domain/policy.ts';

export const testSettings: ExecutionSettings = {
  maxRetries: 2,
  hedgeAfterMs: 10_000,
  firstContentTimeoutMs: 120_000,
  idleTimeoutMs: 60_000,
  deadlineMs: 840_000,
};

/** A provider of the given type with nothing special about it. */
export function testProvider(type: Provider['type'], overrides: Partial<Provider> = {}): Provider {
  return {
    id: type,
    type,
    baseUrl: 'http://127.0.0.1:9',
    zones: [],
    certifications: [],
    keys: [],
    servesAnyModel: true,
    modelIds: new Map(),
    operations: new Set(['chat']),
    quirks: {},
    dropUnsupported: false,
    settings: {},
    modelSettings: [],
    quotas: [],
    ...overrides,
  };
}

export function testTarget(
  type: Provider['type'],
  model: string,
  overrides: Partial<Target> = {},
  provider: Partial<Provider> = {},
): Target {
  return { provider: testProvider(type, provider), model, keys: [], settings: testSettings, ...overrides };
}

/** What an attempt under no limit is given. */
export const freePermit: Permit = { settle: () => ({}) };
