import type { CredentialScope } from '../domain/failure.ts';
import type { KeyRest } from '../domain/key-rest.ts';

/** Callers may name any model of an in-house provider: the table must not grow with what they type. */
const maxRests = 1_000;

/** Provider keys that were refused, here or in another process, rest for a while: the whole key, or the key with one model. */
export class KeyRests {
  readonly #until = new Map<string, number>();
  readonly #restMs: number;

  readonly #onRest: (rest: KeyRest) => void;

  /** `onRest` hears of every rest; nothing here waits for it. */
  constructor(onRest: (rest: KeyRest) => void = () => undefined, restMs = 60_000) {
    this.#onRest = onRest;
    this.#restMs = restMs;
  }

  rest(providerId: string, keyId: string, model: string, scope: CredentialScope, nowMs: number): void {
    const rest: KeyRest = {
      provider: providerId,
      key: keyId,
      untilMs: nowMs + this.#restMs,
      ...(scope === 'key' ? {} : { model }),
    };
    this.#keep(rest);
    this.#onRest(rest);
  }

  /** Takes in what other processes were refused. Nobody hears of it again. */
  learn(rests: readonly KeyRest[]): void {
    for (const rest of rests) this.#keep(rest);
  }

  get size(): number {
    return this.#until.size;
  }

  isResting(providerId: string, keyId: string, model: string, nowMs: number): boolean {
    if (this.#until.size === 0) return false;
    return (
      this.#rests(`${providerId}\n${keyId}`, nowMs) || this.#rests(`${providerId}\n${keyId}\n${model}`, nowMs)
    );
  }

  /** A longer rest is never replaced by a shorter one. */
  #keep({ provider, key, model, untilMs }: KeyRest): void {
    const name = model === undefined ? `${provider}\n${key}` : `${provider}\n${key}\n${model}`;
    const known = this.#until.get(name) ?? 0;
    this.#until.delete(name);
    this.#until.set(name, Math.max(untilMs, known));
    if (this.#until.size > maxRests) this.#forgetOldest();
  }

  /** A key with one of many models first: a whole key that was refused matters to every request. */
  #forgetOldest(): void {
    const names = [...this.#until.keys()];
    const oldest = names.find((name) => name.split('\n').length > 2) ?? names[0];
    if (oldest !== undefined) this.#until.delete(oldest);
  }

  #rests(name: string, nowMs: number): boolean {
    const untilMs = this.#until.get(name);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#until.delete(name);
    return false;
  }
}
