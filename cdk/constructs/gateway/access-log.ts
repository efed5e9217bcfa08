import { AccessLogField as field, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

/**
 * What API Gateway logs of a request: when, what it cost in time, how it ended. By allow-list: no body, no header, no
 * query string (a key may stand in one), no address of the caller.
 */
export const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: field.contextRequestId(),
    requestTimeEpochMs: field.contextRequestTimeEpoch(),
    method: field.contextHttpMethod(),
    path: field.contextPath(),
    status: field.contextStatus(),
    responseBytes: field.contextResponseLength(),
    latencyMs: field.contextResponseLatency(),
    integrationStatus: field.contextIntegrationStatus(),
    integrationLatencyMs: field.contextIntegrationLatency(),
    errorType: field.contextErrorResponseType(),
  }),
);
