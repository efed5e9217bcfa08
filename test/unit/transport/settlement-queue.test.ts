import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { readSettlement, writeSettlement } from '../../../lib/accounting/quota/queued-settlement.ts';
import type { Settlement } from '../../../lib/domain/quota-ledger.ts';
import { HttpTransport } from '../../../lib/transport/http-transport.ts';
import { SqsSettlementQueue } from '../../../lib/transport/settlement-queue.ts';
import { systemClock } from '../../../lib/transport/system-clock.ts';

const settlement: Settlement = {
  kind: 'charge',
  key: {
    owner: { kind: 'virtual_key', id: 'app' },
    quotaId: '1d',
    unit: 'microUsd',
    window: '1d@2026-11-24T00:00:00Z',
    place: { site: 'eu-central-1', lane: 3 },
  },
  ticket: '294832150123456789',
  actual: 4_000,
  opening: { granted: 100, edition: 1, expiresS: 2 },
};

async function queueAnswering(status: number) {
  const seen: { headers: IncomingHttpHeaders; body: Record<string, string> }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      seen.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end('{"MessageId":"1","secret":"x"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const queueUrl = `http://127.0.0.1:${port}/111111111111/settlements.fifo`;
  const queue = new SqsSettlementQueue({
    queueUrl,
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's', sessionToken: 't' }),
    transport: new HttpTransport(systemClock),
    clock: systemClock,
    write: writeSettlement,
  });
  return { queue, queueUrl, seen };
}

it('is sent as SQS reads it: one message of its item’s group, signed, once', async () => {
  const { queue, queueUrl, seen } = await queueAnswering(200);
  await queue.push(settlement);
  await queue.push({ ...settlement, ticket: '294832150000000001' });
  const [first, second] = seen;
  expect(first?.headers['x-amz-target']).toBe('AmazonSQS.SendMessage');
  expect(first?.headers['content-type']).toBe('application/x-amz-json-1.0');
  expect(first?.headers['x-amz-security-token']).toBe('t');
  expect(first?.headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/sqs\/aws4_request, SignedHeaders=content-type;host;/,
  );
  expect(first?.body).toMatchObject({
    QueueUrl: queueUrl,
    MessageDeduplicationId: 'charge-294832150123456789',
    MessageGroupId: second?.body['MessageGroupId'],
  });
  expect(first?.body['MessageGroupId']).toMatch(/^[0-9a-f]{64}$/);
  expect(second?.body['MessageDeduplicationId']).not.toBe(first?.body['MessageDeduplicationId']);
  expect(readSettlement(first?.body['MessageBody'] ?? '')).toEqual(settlement);
});

it.each([400, 403, 500])('is not taken for sent when the queue answers %i', async (status) => {
  const { queue } = await queueAnswering(status);
  await expect(queue.push(settlement)).rejects.toThrow(`the settlement queue answered ${status}`);
});
