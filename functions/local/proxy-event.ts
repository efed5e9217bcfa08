import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Clock } from '../../lib/domain/ports.ts';

/** Lambda's longest run. */
const functionTimeoutMs = 15 * 60_000;

const accountId = '000000000000';
const functionName = 'fairlead-gateway';

/**
 * A request as a REST API with Lambda proxy integration hands it on (API Gateway Developer Guide, "Input format of a
 * Lambda function for proxy integration"). Header names keep their case; a repeated header or query parameter has its
 * last value in the single-value map.
 */
export function proxyEvent(
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  nowMs: number,
): APIGatewayProxyEvent {
  const method = request.method ?? 'GET';
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const headers = readHeaders(request.rawHeaders);
  const query = readQuery(mark === -1 ? '' : url.slice(mark + 1));
  const binary = body.length > 0 && isBinary(request);
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query.single,
    multiValueQueryStringParameters: query.multi,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    body: body.length === 0 ? null : body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary,
    requestContext: {
      accountId,
      apiId: 'local',
      authorizer: null,
      protocol: `HTTP/${request.httpVersion}`,
      httpMethod: method,
      identity: {
        ...noIdentity,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? null,
      },
      path,
      stage: 'local',
      requestId,
      requestTimeEpoch: nowMs,
      resourceId: 'local',
      resourcePath: '/{proxy+}',
    },
  };
}

const noIdentity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const;

function readHeaders(raw: readonly string[]): {
  single: Record<string, string>;
  multi: Record<string, string[]>;
} {
  const single: Record<string, string> = {};
  const multi: Record<string, string[]> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    single[name] = value;
    if (Object.hasOwn(multi, name)) multi[name]?.push(value);
    else multi[name] = [value];
  }
  return { single, multi };
}

function readQuery(text: string): {
  single: Record<string, string> | null;
  multi: Record<string, string[]> | null;
} {
  if (text === '') return { single: null, multi: null };
  const parameters = new URLSearchParams(text);
  return {
    single: Object.fromEntries(parameters),
    multi: Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
  };
}

/** Content types whose bodies are no text; everything else travels as UTF-8. */
const binaryTypes =
  /^\s*(?:image|audio|video|font)\/|^\s*multipart\/|^\s*application\/(?:octet-stream|pdf|zip|gzip)\b/i;

const isBinary = (request: IncomingMessage): boolean =>
  binaryTypes.test(request.headers['content-type'] ?? '') ||
  (request.headers['content-encoding'] ?? 'identity') !== 'identity';

/** The second argument of an invocation. Like Lambda's, its functions need no `this`: middy takes them off it. */
export function localContext(region: string, awsRequestId: string, clock: Clock, startedMs: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    memoryLimitInMB: '1769',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
    awsRequestId,
    getRemainingTimeInMillis: () => Math.max(0, startedMs + functionTimeoutMs - clock.nowMs()),
    // The callback style of Node 0.10: part of the interface, of no effect for a handler that returns a promise.
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
