import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { AdminError } from '../../lib/admin/errors.ts';
import { adminErrorOf, refuse } from '../../lib/admin/respond.ts';
import { routeOf } from '../../lib/admin/route-of.ts';
import { adminBasePath, adminRoles, type AdminRole, routesOf } from '../../lib/admin/routes.ts';
import type { AdminResponse } from '../../lib/admin/ports.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import type { AdminHandler } from '../admin/create-handler.ts';
import { signerOf } from './admin-signature.ts';
import { proxyEvent } from './proxy-event.ts';

/** Access key ids of the local roles, which share one secret access key. */
export const localAccessKeyId = (role: AdminRole): string => `local-${role}`;

/** Answers the paths of administration. Never rejects. */
export interface AdminGateway {
  serves(path: string): boolean;
  answer(request: IncomingMessage, body: Buffer, requestId: string): Promise<AdminResponse>;
}

export interface AdminGatewayOptions {
  readonly handler: AdminHandler;
  readonly region: string;
  /** The secret access key of every local role. */
  readonly secret: string;
  readonly clock: Clock;
  readonly onFailure: (requestId: string, error: unknown) => void;
}

/**
 * What API Gateway and IAM do before the admin function is called: the signature is checked, the role's rights are
 * those its IAM policy would give it, and the function is told who calls.
 */
export function createAdminGateway(options: AdminGatewayOptions): AdminGateway {
  const { handler, region, clock, onFailure } = options;
  const keys = new Map(adminRoles.map((role) => [localAccessKeyId(role), options.secret]));
  return {
    serves: (path) => path.startsWith(`${adminBasePath}/`),
    answer: async (request, body, requestId) => {
      const nowMs = clock.nowMs();
      try {
        const received = {
          method: request.method ?? 'GET',
          url: request.url ?? '/',
          headers: joinedHeaders(request),
          body,
        };
        const signer = await signerOf(received, { region, keys, nowMs });
        const event = proxyEvent(request, body, requestId, nowMs);
        requireRight(signer, event);
        const { statusCode, headers, body: text } = await handler(signedBy(event, signer));
        return { status: statusCode, headers: textHeaders(headers), body: text };
      } catch (error) {
        if (!(error instanceof AdminError)) onFailure(requestId, error);
        return refuse(adminErrorOf(error));
      }
    },
  };
}

/** @throws AdminError `access_denied`; what no route answers is left to the function, which says so */
function requireRight(signer: string, { httpMethod, path }: APIGatewayProxyEvent): void {
  const role = adminRoles.find((each) => localAccessKeyId(each) === signer);
  const action = actionOf(httpMethod, path);
  if (
    action === undefined ||
    (role !== undefined && routesOf(role).some((route) => route.action === action))
  ) {
    return;
  }
  throw new AdminError('access_denied', `${signer} may not call ${httpMethod} ${path} (${action})`);
}

function actionOf(method: string, path: string): string | undefined {
  try {
    return routeOf(method, path).action;
  } catch {
    return undefined;
  }
}

function signedBy(event: APIGatewayProxyEvent, signer: string): APIGatewayProxyEvent {
  const { requestContext } = event;
  const { accountId, identity } = requestContext;
  const userArn = `arn:aws:iam::${accountId}:user/${signer}`;
  return {
    ...event,
    resource: `${adminBasePath}/{proxy+}`,
    requestContext: {
      ...requestContext,
      resourcePath: `${adminBasePath}/{proxy+}`,
      identity: { ...identity, accessKey: signer, accountId, caller: signer, user: signer, userArn },
    },
  };
}

/** By lower-case name; a repeated header as it is signed, joined with commas. */
function joinedHeaders(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',')]),
  );
}

const textHeaders = (
  headers: Readonly<Record<string, boolean | number | string>> | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
