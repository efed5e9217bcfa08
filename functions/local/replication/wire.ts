import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { asObject, type JsonObject, parseJson } from '../../../lib/domain/json.ts';

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** As many connections as the AWS SDK opens to one endpoint. */
const maxSockets = 50;

/** An embedded database accepts any signature, but wants one. */
const signed = {
  authorization: 'AWS4-HMAC-SHA256 Credential=replication, SignedHeaders=host, Signature=none',
  'x-amz-date': '20240101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
};

/** DynamoDB's wire protocol (JSON 1.0 over POST) to one database on the loopback interface. */
export class Wire {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets });
  readonly #inFlight = new Set<Promise<WireAnswer>>();

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request as it is. Rejects when the database cannot be reached. */
  send(headers: OutgoingHttpHeaders, body: Buffer | string): Promise<WireAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
    const outgoing = request({
      host: '127.0.0.1',
      port: this.#port,
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 500,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.end(body);
    this.#inFlight.add(promise);
    const done = (): void => void this.#inFlight.delete(promise);
    promise.then(done, done);
    return promise;
  }

  /** Runs an operation of ours. Rejects, naming the error's type, when it does not succeed. */
  async call(operation: string, input: object): Promise<JsonObject> {
    const headers = { ...signed, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const answer = await this.send(headers, JSON.stringify(input));
    const body = asObject(parseJson(answer.body.toString('utf8')));
    if (answer.status !== 200) throw new Error(`${operation} failed: ${String(body['__type'])}`);
    return body;
  }

  /** Waits for what is under way: a request the embedded database has read half of would bring it down. */
  async close(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
    this.#agent.destroy();
  }
}
