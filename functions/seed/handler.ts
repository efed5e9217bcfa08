import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { environmentNames } from '../../lib/stores/schema.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { seed } from './seed.ts';
import { answering } from './custom-resource.ts';

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
};

/** Stores the first document when the stack is made; a change or a deletion of the stack touches none. */
export const handler = (event: CloudFormationCustomResourceEvent): Promise<void> =>
  answering(event, async () => {
    if (event.RequestType !== 'Create') return;
    const dynamo = new DynamoDBClient({ region: required('AWS_REGION'), maxAttempts: 5 });
    const isFirst = await seed(
      dynamo,
      required(environmentNames.governanceTable),
      systemClock,
      event.RequestId,
    );
    console.log(JSON.stringify({ event: 'seed', stored: isFirst }));
  });
