import type { Random } from '../../domain/ports.ts';

const minuteMs = 60_000;
const randomDigits = 10;
/** No attempt lives that long: a request has 15 minutes at most. */
const abandonedAfterMinutes = 60;

/**
 * Names one attempt in the ledger: the minute it was made and ten random digits, as one number (DynamoDB keeps 38
 * digits; JavaScript's numbers do not). A reservation meets its like among sixty tickets once in 10^8 times at most,
 * given that no two processes draw the same digits.
 */
export function newTicket(nowMs: number, random: Random): string {
  const digits = Math.floor(random() * 10 ** randomDigits);
  return `${Math.floor(nowMs / minuteMs)}${String(digits).padStart(randomDigits, '0')}`;
}

/** Those of the tickets whose attempt can no longer be under way. */
export function abandonedTickets(tickets: readonly string[], nowMs: number): readonly string[] {
  const minute = Math.floor(nowMs / minuteMs);
  return tickets.filter((ticket) => minute - Number(ticket.slice(0, -randomDigits)) > abandonedAfterMinutes);
}
