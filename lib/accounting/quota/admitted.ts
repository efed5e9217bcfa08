import type { Clock, Random } from '../../domain/ports.ts';
import type { Reservation } from '../../domain/quota-ledger.ts';
import type { Amounts, Refusal, Site, Standing } from '../../domain/quota.ts';
import { entryOf, openingOf, type Account } from './account.ts';
import type { Settlements } from './settlements.ts';
import { newTicket } from './tickets.ts';

/** An attempt that may be made. */
export interface Admission {
  readonly admitted: true;
  /** How far each quota is used, as last known. */
  readonly standings: readonly Standing[];
  readonly reservations: readonly Reservation[];
  /**
   * What the attempt has consumed, once that is known; zero of everything for one the provider refused. Where it is
   * only estimated, a hard quota keeps the whole of what was held. Settles in the background and never rejects; a
   * second call changes nothing.
   */
  settle(actual: Amounts, certainty: Certainty): Promise<void>;
}

/** Whether the provider has said what an attempt consumed, or the gateway guesses. */
export type Certainty = 'reported' | 'estimated';

/** What one quota holds for an attempt. */
export interface Hold {
  readonly reservation: Reservation;
  readonly hard: boolean;
}

export type Admitted = Admission | { readonly admitted: false; readonly refusal: Refusal };

/** A soft quota that is charged when the attempt has ended. */
export interface Charge {
  readonly account: Account;
  /** What the attempt can consume at most: it counts until the charge is made. */
  readonly most: number;
}

export interface AttemptsPorts {
  readonly settlements: Settlements;
  readonly sites: readonly Site[];
  readonly site: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The attempts of this process, from their admission to their settlement. */
export class Attempts {
  readonly #ports: AttemptsPorts;
  readonly #underWay = new Map<string, number>();
  /** Of those, the ones whose charge has been sent. */
  readonly #charging = new Map<string, number>();

  constructor(ports: AttemptsPorts) {
    this.#ports = ports;
  }

  /** What attempts under way here can still consume of a soft quota without having reserved it. */
  underWay(account: Account): number {
    return this.#underWay.get(account.id) ?? 0;
  }

  /** Of those, what no charge has been sent for: the ledger cannot have counted it yet. */
  uncharged(account: Account): number {
    return this.underWay(account) - (this.#charging.get(account.id) ?? 0);
  }

  begin(standings: readonly Standing[], holds: readonly Hold[], charges: readonly Charge[]): Admission {
    for (const { account, most } of charges) count(this.#underWay, account, most);
    let settled: Promise<void> | undefined;
    const settle = async (actual: Amounts, certainty: Certainty): Promise<void> => {
      await Promise.all([
        ...holds.map(({ reservation, hard }) =>
          this.giveBack(
            reservation,
            hard && certainty === 'estimated' ? reservation.held : actual[reservation.key.unit],
          ),
        ),
        ...charges.map((each) => this.#charge(each, actual[each.account.quota.unit])),
      ]);
    };
    return {
      admitted: true,
      standings,
      reservations: holds.map(({ reservation }) => reservation),
      settle: (actual, certainty) => (settled ??= settle(actual, certainty)),
    };
  }

  /** Settles a reservation in the background: what it holds beyond `actual` goes back. */
  giveBack(reservation: Reservation, actual = 0): Promise<void> {
    return this.#ports.settlements.settle({ kind: 'settle', ...reservation, actual });
  }

  #charge({ account, most }: Charge, actual: number): Promise<void> {
    const { clock, random, site, sites, settlements } = this.#ports;
    const place = { site, lane: Math.floor(random() * (account.quota.lanes ?? 1)) };
    const key = entryOf(account, place);
    const opening = openingOf(account, place, sites);
    const ticket = newTicket(clock.nowMs(), random);
    count(this.#charging, account, most);
    return settlements.settle({ kind: 'charge', key, ticket, actual, opening }, () => {
      count(this.#underWay, account, -most);
      count(this.#charging, account, -most);
    });
  }
}

function count(amounts: Map<string, number>, { id }: Account, amount: number): void {
  const sum = (amounts.get(id) ?? 0) + amount;
  if (sum > 0) amounts.set(id, sum);
  else amounts.delete(id);
}
