import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqsDeadSettlements } from '../../../lib/transport/dead-settlements.ts';
import { HttpTransport } from '../../../lib/transport/http-transport.ts';
import { systemClock } from '../../../lib/transport/system-clock.ts';

interface Seen {
  readonly action: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}
type Answers = Readonly<Record<string, object | number>>;

const arnOf = (queueUrl: unknown): string =>
  `arn:aws:sqs:eu-central-1:111111111111:${String(queueUrl).split('/').at(-1)}`;

/** SQS as far as it is asked here: the queue holds 4 messages and tries one, the dead-letter queue holds `dead`. */
async function sqs(answers: Answers = {}, dead = 2) {
  const seen: Seen[] = [];
  const answerOf = ({ action, body }: Seen): object | number => {
    const given = answers[action];
    if (given !== undefined) return given;
    if (action !== 'GetQueueAttributes') return {};
    const isDead = String(body['QueueUrl']).endsWith('dead.fifo');
    return {
      Attributes: {
        QueueArn: arnOf(body['QueueUrl']),
        ApproximateNumberOfMessages: isDead ? String(dead) : '4',
        ApproximateNumberOfMessagesNotVisible: isDead ? '0' : '1',
      },
    };
  };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
      const call = { action, headers: request.headers, body: JSON.parse(text) };
      seen.push(call);
      const answer = answerOf(call);
      response.writeHead(typeof answer === 'number' ? answer : 200, {
        'content-type': 'application/x-amz-json-1.0',
      });
      response.end(typeof answer === 'number' ? '{"message":"secret"}' : JSON.stringify(answer));
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
  const url = (name: string): string => `http://127.0.0.1:${port}/111111111111/${name}`;
  const settlements = new SqsDeadSettlements({
    queueUrl: url('settlements.fifo'),
    deadQueueUrl: url('dead.fifo'),
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's', sessionToken: 't' }),
    transport: new HttpTransport(systemClock),
    clock: systemClock,
  });
  return {
    settlements,
    seen,
    url,
    called: (action: string) => seen.filter((each) => each.action === action),
  };
}

const task = (Status: string) => ({
  Results: [
    {
      Status,
      SourceArn: arnOf('dead.fifo'),
      ApproximateNumberOfMessagesMoved: 12,
      StartedTimestamp: 1_764_000_000_000,
    },
  ],
});

describe('how settlements stand', () => {
  it('is what both queues hold, those being tried included, by signed calls', async () => {
    const { settlements, seen, url } = await sqs({}, 0);
    expect(await settlements.standing()).toEqual({ waiting: 5, dead: 0 });
    expect(seen.map(({ action }) => action).toSorted()).toEqual([
      'GetQueueAttributes',
      'GetQueueAttributes',
      'ListMessageMoveTasks',
    ]);
    for (const { headers } of seen) {
      expect(headers['content-type']).toBe('application/x-amz-json-1.0');
      expect(headers['authorization']).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/sqs\/aws4_request, /,
      );
    }
    expect(seen.at(-1)?.body).toEqual({ SourceArn: arnOf(url('dead.fifo')), MaxResults: 1 });
  });

  it('tells when dead ones came, by a look that hides none of them', async () => {
    const message = (at: string) => ({ Body: 'a settlement', Attributes: { SentTimestamp: at } });
    const { settlements, called, url } = await sqs({
      ReceiveMessage: { Messages: [message('1764000000500'), message('1764000000400'), { Body: 'odd' }] },
    });
    expect(await settlements.standing()).toEqual({ waiting: 5, dead: 2, deadSinceMs: 1_764_000_000_400 });
    expect(called('ReceiveMessage').map(({ body }) => body)).toEqual([
      {
        QueueUrl: url('dead.fifo'),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ['SentTimestamp'],
      },
    ]);
  });

  it('does not tell it where none is shown', async () => {
    const { settlements } = await sqs();
    expect(await settlements.standing()).toEqual({ waiting: 5, dead: 2 });
  });

  it.each([
    ['RUNNING', 'running'],
    ['CANCELLING', 'running'],
    ['COMPLETED', 'completed'],
    ['CANCELLED', 'cancelled'],
    ['FAILED', 'failed'],
    ['whatever comes', 'failed'],
  ])('includes the last replay: %s is %s', async (status, state) => {
    const { settlements, called } = await sqs({ ListMessageMoveTasks: task(status) });
    expect((await settlements.standing()).replay).toEqual({
      state,
      moved: 12,
      startedMs: 1_764_000_000_000,
    });
    // Messages on their way are left alone.
    expect(called('ReceiveMessage')).toHaveLength(state === 'running' ? 0 : 1);
  });
});

it('a replay moves from the dead-letter queue to the queue, and nowhere else', async () => {
  const { settlements, called } = await sqs();
  await settlements.replay();
  expect(called('StartMessageMoveTask').map(({ body }) => body)).toEqual([
    { SourceArn: arnOf('dead.fifo'), DestinationArn: arnOf('settlements.fifo') },
  ]);
});

describe('a queue that cannot be asked', () => {
  it.each(['GetQueueAttributes', 'ListMessageMoveTasks', 'ReceiveMessage'])(
    'by %s is unavailable, without what it said',
    async (action) => {
      const { settlements } = await sqs({ [action]: 403 });
      await expect(settlements.standing()).rejects.toMatchObject({
        name: 'SettlementsUnavailable',
        message: `the settlement queue answered ${action} with 403`,
      });
    },
  );

  it('to replay is unavailable: nobody knows what was done', async () => {
    const { settlements } = await sqs({ StartMessageMoveTask: 400 });
    await expect(settlements.replay()).rejects.toMatchObject({ name: 'SettlementsUnavailable' });
  });

  it.each([{}, { Attributes: { QueueArn: 'arn:x' } }, { Attributes: { ApproximateNumberOfMessages: '1' } }])(
    'since it answers %j is no SQS',
    async (answer) => {
      const { settlements } = await sqs({ GetQueueAttributes: answer });
      await expect(settlements.standing()).rejects.toThrow('not as SQS does');
    },
  );

  it('since nobody listens is unavailable, without its address', async () => {
    const settlements = new SqsDeadSettlements({
      queueUrl: 'http://127.0.0.1:1/1/settlements.fifo',
      deadQueueUrl: 'http://127.0.0.1:1/1/dead.fifo',
      region: 'eu-central-1',
      credentials: async () => ({ accessKeyId: 'A', secretAccessKey: 's' }),
      transport: new HttpTransport(systemClock),
      clock: systemClock,
    });
    await expect(settlements.standing()).rejects.toMatchObject({
      name: 'SettlementsUnavailable',
      message: 'the settlement queue does not answer GetQueueAttributes',
    });
  });
});
