import * as apigateway from 'aws-cdk-lib/aws-apigateway';

interface GatewayResponse {
  readonly id: string;
  readonly type: apigateway.ResponseType;
  /** Absent: the status API Gateway gives it. */
  readonly status?: number;
  /** Absent: API Gateway's own message. */
  readonly message?: string;
  /** OpenAI's error type (platform.openai.com/docs/guides/error-codes). */
  readonly errorType: string;
  /** One of the gateway's own codes. */
  readonly code: string;
  readonly retryAfterSeconds?: number;
}

/**
 * Answers API Gateway gives without asking the function, in the shape OpenAI's clients read
 * (docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
 */
const gatewayResponses: readonly GatewayResponse[] = [
  {
    id: 'ClientError',
    type: apigateway.ResponseType.DEFAULT_4XX,
    errorType: 'invalid_request_error',
    code: 'invalid_request',
  },
  {
    id: 'TooLarge',
    type: apigateway.ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    message: 'The request body is too large: the limit is 5 MB of JSON.',
    errorType: 'invalid_request_error',
    code: 'request_too_large',
  },
  {
    id: 'Throttled',
    type: apigateway.ResponseType.THROTTLED,
    status: 429,
    message: 'The request rate of this AWS account or stage in API Gateway is exceeded.',
    errorType: 'rate_limit_error',
    code: 'rate_limited',
    retryAfterSeconds: 1,
  },
  {
    id: 'Unsigned',
    type: apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN,
    message: 'The request is not signed: sign it with AWS credentials (Signature Version 4).',
    errorType: 'permission_error',
    code: 'missing_authentication',
  },
  {
    id: 'WrongSignature',
    type: apigateway.ResponseType.INVALID_SIGNATURE,
    errorType: 'permission_error',
    code: 'signature_mismatch',
  },
  {
    id: 'AccessDenied',
    type: apigateway.ResponseType.ACCESS_DENIED,
    errorType: 'permission_error',
    code: 'access_denied',
  },
  {
    id: 'ServerError',
    type: apigateway.ResponseType.DEFAULT_5XX,
    message: 'The gateway failed to answer.',
    errorType: 'api_error',
    code: 'internal_error',
  },
  {
    id: 'TimedOut',
    type: apigateway.ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    message: 'The gateway did not answer in time.',
    errorType: 'api_error',
    code: 'deadline_exceeded',
  },
];

/** Gives API Gateway's own errors OpenAI's shape, and the id under which the access log knows the request. */
export function addGatewayResponses(api: apigateway.RestApi): void {
  for (const response of gatewayResponses) {
    api.addGatewayResponse(response.id, {
      type: response.type,
      ...(response.status === undefined ? {} : { statusCode: String(response.status) }),
      responseHeaders: {
        'content-type': "'application/json'",
        'x-request-id': 'context.requestId',
        ...(response.retryAfterSeconds === undefined
          ? {}
          : { 'retry-after': `'${response.retryAfterSeconds}'` }),
      },
      templates: { 'application/json': body(response) },
    });
  }
}

function body({ message, errorType, code }: GatewayResponse): string {
  // `messageString` comes with its quotes.
  const text = message === undefined ? '$context.error.messageString' : JSON.stringify(message);
  return `{"error":{"message":${text},"type":"${errorType}","code":"${code}","param":null}}`;
}
