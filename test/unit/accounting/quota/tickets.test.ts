import { expect, it } from 'vitest';
import { abandonedTickets, newTicket } from '../../../../lib/accounting/quota/tickets.ts';

const minuteMs = 60_000;
const nowMs = 29_700_000 * minuteMs;

it('a ticket is the minute and ten digits', () => {
  expect(newTicket(nowMs + 59_999, () => 0)).toBe('297000000000000000');
  expect(newTicket(nowMs, () => 0.123456789012)).toBe('297000001234567890');
  expect(newTicket(nowMs, () => 1 - 2 ** -53)).toBe('297000009999999999');
});

it('a ticket is abandoned when it is over an hour old', () => {
  const old = newTicket(nowMs - 61 * minuteMs, () => 0.5);
  const young = newTicket(nowMs - 60 * minuteMs, () => 0.5);
  expect(abandonedTickets([old, young], nowMs)).toEqual([old]);
});
