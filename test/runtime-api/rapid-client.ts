import { Agent, get, type IncomingHttpHeaders } from 'node:http';

// What the runtime client asks its native addon (aws-lambda-ric 4.0.2, src/native/rapid-client.cc). As the addon does,
// on connections of its own: those of responses are the client's.
const agent = new Agent({ keepAlive: true });

export interface Next {
  readonly bodyJson: string;
  readonly headers: IncomingHttpHeaders;
}

/** The next invocation, whenever it comes. */
export const next = (): Promise<Next> =>
  new Promise((resolve, reject) => {
    const url = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/next`;
    const request = get(url, { agent }, (response) => {
      let bodyJson = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (bodyJson += text));
      response.on('end', () => resolve({ bodyJson, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });

export function done(): never {
  throw new Error('a streaming handler has no buffered response');
}

export function error(): never {
  throw new Error('a streaming handler reports its errors in trailers');
}
