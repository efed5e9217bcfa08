import { Agent, createServer, request } from 'node:http';
import { listen } from '../../functions/local/listen.ts';
import { answerParent } from './ipc.ts';

/** The yardstick: what it costs in Node to take a request and pass it on with nothing done to it. */
const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
const upstreamPort = Number(process.env['BENCH_UPSTREAM_PORT']);

const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, response) => {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = request({ agent, port: upstreamPort, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
});

const { port } = await listen(server, 0);
answerParent({ address: () => ({ port }) });
