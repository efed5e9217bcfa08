import { createServer, type ServerResponse } from 'node:http';
import { listen } from '../../functions/local/listen.ts';
import { answerParent } from './ipc.ts';
import { chunkEveryMs, type Workload, workloads } from './workload.ts';

/** The provider of the bench: knows by the model's name what to answer, and does nothing else. */
const prepared = Object.values(workloads).map((workload) => ({
  mark: `"model":"${workload.name}"`,
  answer: answerOf(workload),
}));

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    // The model stands at the beginning of every request, and what the gateway adds at its end.
    const found = prepared.find(({ mark }) => body.subarray(0, 200).includes(mark));
    if (found !== undefined)
      return found.answer(response, body.subarray(-200).includes('"include_usage":true'));
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end('{"error":{"message":"no such workload"}}');
  });
});

const { port } = await listen(server, 0);
answerParent({ address: () => ({ port }) });

type AnswerWith = (response: ServerResponse, withUsage: boolean) => void;

function answerOf({ reply }: Workload): AnswerWith {
  if (reply.kind === 'json') {
    const body = Buffer.from(reply.body);
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return (response) => {
      response.writeHead(200, headers);
      response.end(body);
    };
  }
  const head = Buffer.from(reply.head);
  const chunks = reply.chunks.map((chunk) => Buffer.from(chunk));
  return (response, withUsage) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(head);
    speakers.add({ response, chunks, next: 0, tail: reply.tail(withUsage) });
  };
}

interface Speaker {
  readonly response: ServerResponse;
  readonly chunks: readonly Buffer[];
  next: number;
  readonly tail: string;
}

/** One timer for all streams: a timer each would cost this process more than the writes. */
const speakers = new Set<Speaker>();
setInterval(() => {
  for (const speaker of speakers) {
    const chunk = speaker.chunks[speaker.next++];
    if (chunk !== undefined) speaker.response.write(chunk);
    else {
      speaker.response.end(speaker.tail);
      speakers.delete(speaker);
    }
  }
}, chunkEveryMs);
