import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { placeName, type Place } from '../domain/quota.ts';
import type { Opening, Reservation } from '../domain/quota-ledger.ts';

/**
 * The updates of a ledger's item, each one conditional UpdateItem:
 *
 *   open ── reserve ────────────── settle            a hard limit, or a soft one near its end
 *     │        available -held       + held − actual
 *     ├───── charge                                  a soft limit far from its end
 *     ├───── lend ─ ─ ─ ─ ─ receive                  at the lender's replica; at the borrower's own
 *     ├───── edit                                    a limit of a later edition
 *     └───── forget                                  tickets of attempts that ended without a word
 *
 * Conditions cannot calculate, so every figure is worked out by the caller and the condition holds what it was worked
 * out from. Each condition is what makes its update harmless when it is repeated, late, or done by two at once.
 */
export interface LedgerUpdate {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

/** Unsettled attempts of one item: with so many it stays under 1 KB, one write unit. */
export const ticketCap = 60;
/** Charges an item remembers, so that a repeated one is known. */
const marks = 16;

const n = (figure: number | string): AttributeValue => ({ N: String(figure) });
const set = (...figures: readonly string[]): AttributeValue => ({ NS: [...figures] });

/** The attribute that remembers a charge. */
export const markOf = (ticket: string): string => `m${Number(ticket.slice(-4)) % marks}`;

/** One share per place, whoever comes first. */
export const openUpdate = ({ granted, edition, expiresS }: Opening): LedgerUpdate => ({
  UpdateExpression:
    'SET granted = :granted, available = :granted, spent = :zero, edition = :edition, expires = :expires',
  ConditionExpression: 'attribute_not_exists(granted)',
  ExpressionAttributeValues: {
    ':granted': n(granted),
    ':zero': n(0),
    ':edition': n(edition),
    ':expires': n(expiresS),
  },
});

/**
 * Never below what must be left, never twice under one ticket, never more tickets than the cap. A repetition so late
 * that the ticket is settled already holds its bound until the window ends, as an attempt nobody settles does.
 */
export const reserveUpdate = (ticket: string, amount: number, least: number, cap: number): LedgerUpdate => ({
  UpdateExpression: 'SET available = available - :amount ADD tickets :tickets',
  ConditionExpression:
    'available >= :least AND NOT contains(tickets, :ticket) AND (attribute_not_exists(tickets) OR size(tickets) < :cap)',
  ExpressionAttributeValues: {
    ':amount': n(amount),
    ':least': n(least),
    ':ticket': n(ticket),
    ':tickets': set(ticket),
    ':cap': n(cap),
  },
});

/** The ticket goes with the difference: a second settlement finds none. */
export const settleUpdate = ({ ticket, held }: Reservation, actual: number): LedgerUpdate => ({
  UpdateExpression: 'SET available = available + :back, spent = spent + :actual DELETE tickets :tickets',
  ConditionExpression: 'contains(tickets, :ticket)',
  ExpressionAttributeValues: {
    ':back': n(held - actual),
    ':actual': n(actual),
    ':ticket': n(ticket),
    ':tickets': set(ticket),
  },
});

/** What is spent is spent: below zero if need be, but once, as far back as the marks reach. */
export const chargeUpdate = (ticket: string, amount: number): LedgerUpdate => ({
  UpdateExpression: 'SET available = available - :amount, spent = spent + :amount, #mark = :ticket',
  ConditionExpression: 'attribute_exists(granted) AND (attribute_not_exists(#mark) OR #mark <> :ticket)',
  ExpressionAttributeNames: { '#mark': markOf(ticket) },
  ExpressionAttributeValues: { ':amount': n(amount), ':ticket': n(ticket) },
});

/** Only what is there; a repetition is a larger loan. */
export const lendUpdate = (borrower: Place, amount: number): LedgerUpdate => ({
  UpdateExpression: 'SET available = available - :amount, #lent = if_not_exists(#lent, :zero) + :amount',
  ConditionExpression: 'available >= :amount',
  ExpressionAttributeNames: { '#lent': `lent_${placeName(borrower)}` },
  ExpressionAttributeValues: { ':amount': n(amount), ':zero': n(0) },
});

/** The difference of two cumulative figures, if the smaller one is still what it was. */
export const receiveUpdate = (lender: Place, lent: number, before: number): LedgerUpdate => ({
  UpdateExpression: 'SET available = available + :difference, #got = :lent',
  ConditionExpression:
    before === 0 ? 'attribute_exists(granted) AND attribute_not_exists(#got)' : '#got = :before',
  ExpressionAttributeNames: { '#got': `got_${placeName(lender)}` },
  ExpressionAttributeValues: {
    ':difference': n(lent - before),
    ':lent': n(lent),
    ...(before === 0 ? {} : { ':before': n(before) }),
  },
});

/** A share becomes another one, once. */
export const editUpdate = (
  from: Pick<Opening, 'granted' | 'edition'>,
  to: Pick<Opening, 'granted' | 'edition'>,
): LedgerUpdate => ({
  UpdateExpression: 'SET granted = :granted, available = available + :difference, edition = :edition',
  ConditionExpression: 'edition = :before',
  ExpressionAttributeValues: {
    ':granted': n(to.granted),
    ':difference': n(to.granted - from.granted),
    ':edition': n(to.edition),
    ':before': n(from.edition),
  },
});

/** No money moves: what these attempts held stays spent. The condition keeps it from making an item. */
export const forgetUpdate = (tickets: readonly string[]): LedgerUpdate => ({
  UpdateExpression: 'DELETE tickets :tickets',
  ConditionExpression: 'attribute_exists(granted)',
  ExpressionAttributeValues: { ':tickets': set(...tickets) },
});
