import type { CredentialScope } from '../domain/failure.ts';

/**
 * Provider keys that were refused rest for a while in this process: the whole key, or the key with one model.
 * Bounded by the keys and models of the document, and cleared as rests end.
 */
export class KeyRests {
  readonly #until = new Map<string, number>();
  readonly #restMs: number;

  constructor(restMs = 60_000) {
    this.#restMs = restMs;
  }

  rest(providerId: string, keyId: string, model: string, scope: CredentialScope, nowMs: number): void {
    const untilMs = nowMs + this.#restMs;
    const name = scope === 'key' ? `${providerId}\n${keyId}` : `${providerId}\n${keyId}\n${model}`;
    // A longer rest is never replaced by a shorter one.
    this.#until.set(name, Math.max(untilMs, this.#until.get(name) ?? 0));
  }

  isResting(providerId: string, keyId: string, model: string, nowMs: number): boolean {
    if (this.#until.size === 0) return false;
    return (
      this.#rests(`${providerId}\n${keyId}`, nowMs) || this.#rests(`${providerId}\n${keyId}\n${model}`, nowMs)
    );
  }

  #rests(name: string, nowMs: number): boolean {
    const untilMs = this.#until.get(name);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#until.delete(name);
    return false;
  }
}
