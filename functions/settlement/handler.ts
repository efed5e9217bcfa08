import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readSites } from '../../lib/accounting/quota/sites.ts';
import { listIn, requiredOf } from '../../lib/stores/environment-values.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { createConsumer } from './consumer.ts';
import { handleBatch } from './handle-batch.ts';

const required = requiredOf(process.env);

/** The queue delivers again what a silent store has kept waiting. */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

const clients = new Map<string, DynamoDBClient>();
const dynamoOf = (region: string): DynamoDBClient => {
  const known = clients.get(region) ?? new DynamoDBClient({ region, maxAttempts: 3, requestHandler });
  clients.set(region, known);
  return known;
};

const consumer = createConsumer({
  region: required('AWS_REGION'),
  table: required(environmentNames.quotasTable),
  ...readSites(
    required(environmentNames.sites),
    required(environmentNames.site),
    listIn(process.env[environmentNames.unreachableRegions]),
  ),
  dynamoOf,
  clock: systemClock,
  random: Math.random,
});

/** Carries out the settlements the ledger could not take when they were due. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> =>
  handleBatch(event, consumer, printLine);
