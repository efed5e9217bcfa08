import type { Target } from '../domain/decision.ts';

/** One name for the same model at every provider; the provider's own where nothing is known of it. */
export const family = (target: Target): string => target.facts?.family ?? target.model;
