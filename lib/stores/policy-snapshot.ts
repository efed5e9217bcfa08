import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseJson } from '../domain/json.ts';
import type { Policy } from '../domain/policy.ts';
import type { Pointer, PolicyReference } from './governance-items.ts';
import { readParts } from './policy-parts.ts';

export type CompilePolicy = (
  stored: unknown,
  pointer: { readonly version: number; readonly digest: string },
) => Policy | Promise<Policy>;

/** The policy in force as far as this function instance has it whole and compiled. */
export class PolicySnapshot {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #compile: CompilePolicy;
  readonly #onProblem: (message: string) => void;
  /** Digests that are whole and do not compile: never asked for again. */
  readonly #refused = new Set<string>();
  #policy: Policy | undefined;

  constructor(
    client: DynamoDBClient,
    table: string,
    compile: CompilePolicy,
    onProblem: (message: string) => void,
  ) {
    this.#client = client;
    this.#table = table;
    this.#compile = compile;
    this.#onProblem = onProblem;
  }

  get policy(): Policy | undefined {
    return this.#policy;
  }

  /**
   * Takes over what the pointer names. What is not whole, not readable or does not compile leaves the policy as it
   * is; an instance that has none yet takes the latest earlier one that is good. Rejects only where there is none.
   */
  async follow(pointer: Pointer): Promise<void> {
    const inForce = this.#policy;
    if (pointer.digest === inForce?.digest) {
      // An edit of virtual keys alone makes a new version of the same policy.
      if (pointer.version !== inForce.version) this.#policy = { ...inForce, version: pointer.version };
      return;
    }
    const choices: readonly PolicyReference[] =
      this.#policy === undefined ? [pointer, ...pointer.earlier] : [pointer];
    for (const [back, reference] of choices.entries()) {
      const policy = await this.#load(reference, pointer.version - back);
      if (policy === undefined) continue;
      this.#policy = policy;
      return;
    }
  }

  async #load(reference: PolicyReference, version: number): Promise<Policy | undefined> {
    if (this.#refused.has(reference.digest)) return undefined;
    const keeping = this.#policy === undefined ? '' : `; version ${this.#policy.version} stays in force`;
    let text: string | undefined;
    try {
      text = await readParts(this.#client, this.#table, reference);
    } catch (error) {
      if (this.#policy === undefined) throw error;
      this.#onProblem(`policy version ${version} cannot be read (${nameOf(error)})${keeping}`);
      return undefined;
    }
    if (text === undefined) {
      this.#onProblem(`policy version ${version} is not whole in this region yet${keeping}`);
      return undefined;
    }
    try {
      return await this.#compile(parseJson(text), { version, digest: reference.digest });
    } catch (error) {
      this.#refused.add(reference.digest);
      this.#onProblem(`policy version ${version} is refused: ${messageOf(error)}${keeping}`);
      return undefined;
    }
  }
}

/** An SDK error's message may carry endpoints and ids; its name says enough. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');
