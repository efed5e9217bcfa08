import type { Admittance } from '../domain/admission.ts';
import type { Target } from '../domain/decision.ts';
import type { HealthPort } from '../domain/health.ts';
import type { Credential, ProviderKey } from '../domain/policy.ts';
import type { Clock, Random, Transport } from '../domain/ports.ts';
import type { ClientRequest, ProviderDialect, ReplyContext } from '../dialects/contract.ts';
import type { HedgeBudget } from './hedge.ts';
import type { KeyPauses } from './key-pauses.ts';
import type { KeyRests } from './key-rests.ts';
import type { AttemptLog } from './outcome.ts';

/** What execution takes from the world; the same for all requests of a process. */
export interface ExecutionPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly dialectOf: (target: Target) => ProviderDialect;
  /** The key's value; a string says why there is none. */
  readonly credential: (
    target: Target,
    key: ProviderKey | undefined,
  ) => Credential | string | Promise<Credential | string>;
  /** The provider refused this value of the key: whether another one is known now, read again where need be. */
  readonly credentialRefused: (key: ProviderKey, refused: Credential) => Promise<boolean>;
  readonly rests: KeyRests;
  readonly pauses: KeyPauses;
  readonly hedges: HedgeBudget;
  readonly health: HealthPort;
}

/** One request on its way along the chain. */
export interface Run {
  readonly ports: ExecutionPorts;
  readonly request: ClientRequest;
  readonly context: (target: Target) => ReplyContext;
  readonly deadlineAtMs: number;
  readonly log: AttemptLog;
  /** A rule lets a refusal by a provider's safety system go on to the next target. */
  readonly pastContentPolicy: boolean;
  /** Asks every limit that applies, before each attempt; `asked` is what is sent with it. Never rejects. */
  readonly admit: (
    target: Target,
    key: ProviderKey | undefined,
    asked: ClientRequest,
  ) => Admittance | Promise<Admittance>;
}
