import type { Clock, Random } from '../../domain/ports.ts';
import type { Place, Site } from '../../domain/quota.ts';
import {
  LedgerUnavailable,
  RightsExhausted,
  type Balance,
  type LedgerStore,
  type Reservation,
  type Reserved,
} from '../../domain/quota-ledger.ts';
import { entryOf, openingOf, type Account } from './account.ts';
import { softHold } from './admission.ts';
import type { KnownBalances } from './known-balances.ts';
import type { Rights } from './rights.ts';
import { abandonedTickets, newTicket } from './tickets.ts';
import { usedOf } from './totals.ts';

/** Opened, edited, lent to: each may be needed once before a reservation is a plain no. */
const rounds = 5;

export interface ReservationPorts {
  readonly store: LedgerStore;
  readonly sites: readonly Site[];
  /** The site that reserves. */
  readonly site: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly balances: KnownBalances;
  readonly rights: Rights;
  /** Takes back a reservation of which nobody knows whether it was made. */
  readonly giveBack: (reservation: Reservation) => void;
}

/** Holds rights of the own site for one attempt, under a ticket of its own. */
export class Reservations {
  readonly #ports: ReservationPorts;

  constructor(ports: ReservationPorts) {
    this.#ports = ports;
  }

  /**
   * For a hard limit: holds `amount` of what this site has or can borrow. Waits for another region only where the
   * own rights do not suffice. Rejects with RightsExhausted, or with LedgerUnavailable.
   */
  async hard(account: Account, amount: number): Promise<Reservation> {
    const { site, random, rights } = this.#ports;
    const lanes = account.quota.lanes ?? 1;
    const first = Math.floor(random() * lanes);
    for (let next = 0; next < lanes; next++) {
      const place = { site, lane: (first + next) % lanes };
      const reservation = this.#reservation(account, place, amount);
      const reserved = await this.#certain(reservation, () => this.#hardAt(account, reservation));
      if (reserved === 'exhausted') throw new RightsExhausted('no rights are left at this site');
      if (reserved === 'full') continue;
      rights.keepAmple(account, place, amount);
      return reservation;
    }
    throw new LedgerUnavailable('too many attempts are under way that nobody has settled');
  }

  /**
   * For a soft limit near its end: holds up to `most` of what all sites together have left, counting the other places
   * as last known, and what attempts under way here will be charged; what is being charged may be counted already. Rejects like `hard`.
   */
  async soft(account: Account, most: number, underWay: number): Promise<Reservation> {
    const { balances, store, sites, site } = this.#ports;
    const place = { site, lane: 0 };
    const elsewhere = balances.usedElsewhere(account, place) + underWay;
    let own = balances.of(account, place);
    for (let round = 0; round < rounds; round++) {
      const usedHere = own === undefined ? 0 : usedOf(own);
      const held = softHold(account.quota, most, elsewhere + usedHere);
      if (held === 0) break;
      const reservation = this.#reservation(account, place, held);
      const here = own?.available ?? openingOf(account, place, sites).granted;
      // What must be available here for the sum over all places to be within the limit.
      const least = here + usedHere + elsewhere + held - account.quota.limit;
      const reserved = await this.#certain(reservation, () =>
        store.reserve(reservation.key, reservation.ticket, held, least),
      );
      if (reserved.outcome === 'missing') {
        await this.#ports.rights.open(account, place);
        continue;
      }
      balances.note(reservation.key, reserved.balance);
      if (reserved.outcome === 'reserved') return reservation;
      if (reserved.outcome === 'full' && !(await this.#tidy(account, place, reserved.balance))) {
        throw new LedgerUnavailable('too many attempts are under way that nobody has settled');
      }
      own = reserved.balance;
    }
    throw new RightsExhausted('nothing is left of the limit');
  }

  async #hardAt(
    account: Account,
    { key, ticket, held }: Reservation,
  ): Promise<'reserved' | 'exhausted' | 'full'> {
    const { store, balances, rights } = this.#ports;
    const { place } = key;
    await rights.update(account, place, balances.of(account, place));
    for (let round = 0; round < rounds; round++) {
      const reserved: Reserved = await store.reserve(key, ticket, held);
      if (reserved.outcome === 'missing') {
        await rights.open(account, place);
        continue;
      }
      balances.note(key, reserved.balance);
      if (reserved.outcome === 'reserved') return 'reserved';
      const helped =
        reserved.outcome === 'full'
          ? await this.#tidy(account, place, reserved.balance)
          : await rights.gather(account, place, reserved.balance, held);
      if (!helped) return reserved.outcome;
    }
    return 'exhausted';
  }

  /** Makes room in a full item. False: all its attempts may still be under way. */
  async #tidy(account: Account, place: Place, { tickets }: Balance): Promise<boolean> {
    const { store, clock } = this.#ports;
    const abandoned = abandonedTickets(tickets, clock.nowMs());
    if (abandoned.length === 0) return false;
    await store.forget(entryOf(account, place), abandoned);
    return true;
  }

  async #certain<T>(reservation: Reservation, reserve: () => Promise<T>): Promise<T> {
    try {
      return await reserve();
    } catch (error) {
      this.#ports.giveBack(reservation);
      throw error;
    }
  }

  #reservation(account: Account, place: Place, held: number): Reservation {
    const { clock, random } = this.#ports;
    return { key: entryOf(account, place), ticket: newTicket(clock.nowMs(), random), held };
  }
}
