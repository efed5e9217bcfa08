import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requiredOf } from '../../lib/stores/environment-values.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import { answerCloudFormation, type CustomResourceEvent } from '../../lib/transport/custom-resource.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { unhurriedClient } from '../../lib/transport/unhurried-client.ts';
import { guard } from './guard.ts';

const region = requiredOf(process.env)('AWS_REGION');

const client = new DynamoDBClient({ region, ...unhurriedClient });

/** What the stack says of the policy. */
export interface GuardEvent extends CustomResourceEvent {
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

/** Puts the policy of this region's replica of the ledger. It stays when the stack goes: what it protects does too. */
export const handler = (event: GuardEvent): Promise<void> =>
  answerCloudFormation(event, {
    id: 'ledger-policy',
    failure: "the ledger's policy could not be put",
    withinMs: 45_000,
    clock: systemClock,
    log: printLine,
    work: async () => {
      if (event.RequestType === 'Delete') return;
      await guard(client, event.ResourceProperties);
      printLine({ event: 'guard' });
    },
  });
