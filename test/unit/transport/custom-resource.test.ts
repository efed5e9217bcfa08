import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import {
  answerCloudFormation,
  type CustomResource,
  type CustomResourceEvent,
} from '../../../lib/transport/custom-resource.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const event: CustomResourceEvent = {
  RequestType: 'Create',
  ResponseURL: 'https://cloudformation.example/answer?X-Amz-Signature=secret',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Document',
};

function scene(work: () => Promise<void>, status = 200) {
  const sent: { url: string; method: string | undefined; contentType: string | null; body: unknown }[] = [];
  const lines: object[] = [];
  const clock = new ManualClock();
  const resource: CustomResource = {
    id: 'first-document',
    failure: 'it could not be stored',
    withinMs: 45_000,
    clock,
    work,
    log: (line) => lines.push(line),
  };
  const send: typeof fetch = (url, init) => {
    sent.push({
      url: String(url),
      method: init?.method,
      contentType: new Headers(init?.headers).get('content-type'),
      body: JSON.parse(String(init?.body)),
    });
    return Promise.resolve(new Response(null, { status }));
  };
  return { sent, lines, clock, done: answerCloudFormation(event, resource, send) };
}

const answer = (Status: string, Reason: string) => ({
  url: event.ResponseURL,
  method: 'PUT',
  contentType: '',
  body: {
    Status,
    Reason,
    PhysicalResourceId: 'first-document',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Document',
  },
});

it('tells that the work is done', async () => {
  const { sent, lines, clock, done } = scene(() => Promise.resolve());
  await done;
  expect(sent).toEqual([answer('SUCCESS', '')]);
  expect(lines).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('tells that it failed, by the kind of error and no more', async () => {
  class AccessDenied extends Error {
    override readonly name = 'AccessDenied';
  }
  const { sent, lines, done } = scene(() =>
    Promise.reject(new AccessDenied('arn:aws:iam::1:role/x on sk-123')),
  );
  await done;
  expect(sent).toEqual([answer('FAILED', 'it could not be stored: AccessDenied')]);
  expect(lines).toEqual([
    { event: 'custom_resource_problem', resource: 'first-document', problem: 'AccessDenied' },
  ]);
});

it.each([
  [
    () => {
      throw new TypeError('at once');
    },
    'TypeError',
  ],
  [() => Promise.reject('a text'), 'unknown error'],
])('tells of what is thrown in other ways: %#', async (work, kind) => {
  const { sent, done } = scene(work);
  await done;
  expect(sent).toEqual([answer('FAILED', `it could not be stored: ${kind}`)]);
});

it('tells of work that never ends, while there is time to', async () => {
  const { sent, clock, done } = scene(() => new Promise(() => {}));
  await clock.advance(44_999);
  expect(sent).toEqual([]);
  await clock.advance(1);
  await done;
  expect(sent).toEqual([answer('FAILED', 'it could not be stored: TookTooLong')]);
});

it('fails where CloudFormation cannot be told, without its signed URL', async () => {
  const { done } = scene(() => Promise.resolve(), 403);
  const error: unknown = await done.catch((reason: unknown) => reason);
  expect(String(error)).toBe("Error: CloudFormation's URL answered 403");
});

it('sends an empty content type over the wire, as the URL is signed', async () => {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    received.push([request.method, request.url, request.headers['content-type']]);
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await answerCloudFormation(
    { ...event, ResponseURL: `http://127.0.0.1:${port}/answer?signed` },
    {
      id: 'x',
      failure: 'x',
      withinMs: 1,
      clock: new ManualClock(),
      work: () => Promise.resolve(),
      log: () => undefined,
    },
  );
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(received).toEqual([['PUT', '/answer?signed', '']]);
});
