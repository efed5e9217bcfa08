import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requiredOf } from '../../lib/stores/environment-values.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import { answerCloudFormation, type CustomResourceEvent } from '../../lib/transport/custom-resource.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { unhurriedClient } from '../../lib/transport/unhurried-client.ts';
import { seed } from './seed.ts';

const required = requiredOf(process.env);

/** Stores the first document when the stack is made; a change or a deletion of the stack touches none. */
export const handler = (event: CustomResourceEvent): Promise<void> =>
  answerCloudFormation(event, {
    id: 'first-document',
    failure: 'the first document could not be stored',
    withinMs: 45_000,
    clock: systemClock,
    log: printLine,
    work: async () => {
      if (event.RequestType !== 'Create') return;
      const client = new DynamoDBClient({ region: required('AWS_REGION'), ...unhurriedClient });
      const table = required(environmentNames.governanceTable);
      const isFirst = await seed(client, table, systemClock, event.RequestId);
      printLine({ event: 'seed', stored: isFirst });
    },
  });
