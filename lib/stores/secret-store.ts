import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretRef } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import { parseSecret, unusable, type SecretReading } from './secret-value.ts';

/** Up to this age a secret is used as it is. */
const freshMs = 5 * 60_000;
/** Up to this age it is used while it is read again; older ones (a thawed environment) are read first. */
const usableMs = 10 * 60_000;
/** What could not be used or read again is tried again after this long. */
const retryMs = 10_000;
/** A provider that refuses its key has it read again at most this often. */
const forcedMs = 10_000;

/** Errors by which Secrets Manager says that there is no such secret for this role and region; others may pass. */
const definite: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'does not exist in this region',
  AccessDeniedException: 'may not be read in this region',
  InvalidRequestException: 'is marked for deletion',
};

export interface SecretStoreOptions {
  /** Of the function's own region, made when the first secret is read; absent (local runner without AWS): secrets are unusable. */
  readonly client: (() => Promise<SecretsManagerClient>) | undefined;
  /** An environment variable's value. */
  readonly readEnv: (name: string) => string | undefined;
  readonly clock: Clock;
  /** One line for the log whenever a secret becomes unusable or cannot be refreshed; never any part of its value. */
  readonly onProblem: (name: string, reason: string) => void;
}

interface Entry {
  readonly reading: SecretReading;
  readonly readAtMs: number;
  /** When it is next read again. */
  readonly dueAtMs: number;
}

/** Provider keys by reference: cached, read once however many ask, the last known value while a refresh fails. */
export class SecretStore {
  readonly #options: SecretStoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #inFlight = new Map<string, Promise<SecretReading>>();
  readonly #forcedAtMs = new Map<string, number>();
  readonly #reported = new Map<string, string>();

  constructor(options: SecretStoreOptions) {
    this.#options = options;
  }

  /** The reading without waiting, or undefined where it has to be read first. Starts a refresh when one is due. */
  peek(ref: SecretRef): SecretReading | undefined {
    if (ref.kind === 'env') return this.#fromEnvironment(ref.name);
    const entry = this.#entries.get(ref.name);
    if (entry === undefined) return undefined;
    const nowMs = this.#options.clock.nowMs();
    const ageMs = nowMs - entry.readAtMs;
    if (ageMs < 0 || ageMs >= usableMs) return undefined;
    if (nowMs >= entry.dueAtMs) void this.#read(ref.name);
    return entry.reading;
  }

  /** The reading, read first where peek has none. Never rejects. */
  async get(ref: SecretRef): Promise<SecretReading> {
    return this.peek(ref) ?? this.#read(ref.name);
  }

  /** The provider has refused this key: reads it again, at most once in 10 s, and returns what is known then. */
  async refreshNow(ref: SecretRef): Promise<SecretReading> {
    if (ref.kind === 'env') return this.#fromEnvironment(ref.name);
    const nowMs = this.#options.clock.nowMs();
    const sinceMs = nowMs - (this.#forcedAtMs.get(ref.name) ?? -Infinity);
    if (sinceMs >= 0 && sinceMs < forcedMs) return this.#inFlight.get(ref.name) ?? this.get(ref);
    this.#forcedAtMs.set(ref.name, nowMs);
    return this.#read(ref.name);
  }

  /** Waits for refreshes under way, so that nothing outlives the invocation. Never rejects. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight.values());
  }

  #fromEnvironment(name: string): SecretReading {
    const value = this.#options.readEnv(name);
    const reading = value === undefined ? unusable('is not set in the environment') : parseSecret(value);
    this.#report(name, reading);
    return reading;
  }

  #read(name: string): Promise<SecretReading> {
    const under = this.#inFlight.get(name);
    if (under !== undefined) return under;
    const reading = this.#fetch(name).finally(() => this.#inFlight.delete(name));
    this.#inFlight.set(name, reading);
    return reading;
  }

  async #fetch(name: string): Promise<SecretReading> {
    const { client } = this.#options;
    if (client === undefined) return this.#keep(name, unusable('needs AWS Secrets Manager, absent here'));
    try {
      // Loaded with the first secret: a gateway whose providers need none never pays for this SDK.
      const [{ GetSecretValueCommand }, secretsManager] = await Promise.all([
        import('@aws-sdk/client-secrets-manager'),
        client(),
      ]);
      const { SecretString: text } = await secretsManager.send(new GetSecretValueCommand({ SecretId: name }));
      return this.#keep(
        name,
        text === undefined ? unusable('is binary; store it as text') : parseSecret(text),
      );
    } catch (error) {
      const errorName = error instanceof Error ? error.name : 'unknown error';
      const reason = Object.hasOwn(definite, errorName) ? definite[errorName] : undefined;
      if (reason !== undefined) return this.#keep(name, unusable(reason));
      return this.#keepLastKnown(name, `cannot be read at the moment (${errorName})`);
    }
  }

  #keep(name: string, reading: SecretReading): SecretReading {
    const readAtMs = this.#options.clock.nowMs();
    const dueAtMs = readAtMs + (reading.kind === 'unusable' ? retryMs : freshMs);
    this.#entries.set(name, { reading, readAtMs, dueAtMs });
    this.#report(name, reading);
    return reading;
  }

  /** A failed refresh changes nothing but when the next one is due. */
  #keepLastKnown(name: string, reason: string): SecretReading {
    const known = this.#entries.get(name);
    if (known === undefined || known.reading.kind === 'unusable') return this.#keep(name, unusable(reason));
    const nowMs = this.#options.clock.nowMs();
    this.#entries.set(name, { reading: known.reading, readAtMs: nowMs, dueAtMs: nowMs + retryMs });
    if (this.#reported.get(name) !== reason) {
      this.#reported.set(name, reason);
      this.#options.onProblem(name, `${reason}; the last known value stays in use`);
    }
    return known.reading;
  }

  /** Says each reason once, until it changes. */
  #report(name: string, reading: SecretReading): void {
    if (reading.kind !== 'unusable') {
      this.#reported.delete(name);
    } else if (this.#reported.get(name) !== reading.reason) {
      this.#reported.set(name, reading.reason);
      this.#options.onProblem(name, reading.reason);
    }
  }
}
