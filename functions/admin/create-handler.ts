import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { administer, type Administration } from '../../lib/admin.ts';
import type { Actor } from '../../lib/domain/administration.ts';

/** A Lambda handler behind a REST API (Lambda proxy integration) that answers in one piece. */
export type AdminHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** The administration as a Lambda handler. */
export const createAdminHandler =
  (admin: Administration): AdminHandler =>
  async (event) => {
    const { status, headers, body } = await administer(admin, {
      requestId: event.requestContext.requestId,
      method: event.httpMethod,
      path: event.path,
      query: textsOf(event.queryStringParameters),
      body: bodyText(event),
      actor: actorOf(event),
    });
    return {
      statusCode: status,
      headers: { ...headers, 'x-request-id': event.requestContext.requestId },
      body,
    };
  };

/** The caller as IAM has named him to API Gateway. Headers and body are the caller's own words and say nothing. */
function actorOf({ requestContext: { identity } }: APIGatewayProxyEvent): Actor | undefined {
  const { userArn, sourceIp } = identity;
  if (userArn === null || userArn === undefined || userArn === '') return undefined;
  return { arn: userArn, ...(sourceIp !== '' && { sourceIp }) };
}

function textsOf(
  parameters: APIGatewayProxyEvent['queryStringParameters'],
): Readonly<Record<string, string>> {
  const texts = Object.entries(parameters ?? {}).map(([name, value]) => [name, value ?? ''] as const);
  return Object.fromEntries(texts);
}

function bodyText(event: APIGatewayProxyEvent): string {
  const body = event.body ?? '';
  return event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}
