import type { Caller } from '../domain/policy.ts';
import type { Owner } from '../domain/quota.ts';

/** The owners a request belongs to, from the virtual key upwards. */
export const ownersOf = ({ virtualKeyId, teamId, customerId }: Caller): readonly Owner[] => [
  { kind: 'virtual_key', id: virtualKeyId },
  ...(teamId === undefined ? [] : [{ kind: 'team', id: teamId } as const]),
  ...(customerId === undefined ? [] : [{ kind: 'customer', id: customerId } as const]),
];
