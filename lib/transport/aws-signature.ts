import { SignatureV4 } from '@smithy/signature-v4';
import type { Headers, OutboundRequest } from '../domain/ports.ts';
import { Sha256 } from '../domain/sha256.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The headers of a request to an AWS service, signed with Signature Version 4
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
 *
 * @param request headers by lower-case names; `host` is added
 */
export async function signAwsRequest(
  request: Pick<OutboundRequest, 'url' | 'headers' | 'body'> & { readonly method: string },
  {
    service,
    region,
    credentials,
    nowMs,
  }: {
    readonly service: string;
    readonly region: string;
    readonly credentials: AwsCredentials;
    readonly nowMs: number;
  },
): Promise<Headers> {
  const url = new URL(request.url);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  const { headers } = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...request.headers, host: url.host },
      body: request.body,
    },
    { signingDate: new Date(nowMs) },
  );
  return headers;
}
