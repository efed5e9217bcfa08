import { SignatureV4 } from '@smithy/signature-v4';
import type { Target } from '../../domain/decision.ts';
import { GatewayError } from '../../domain/failure.ts';
import type { Credential } from '../../domain/policy.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import { Sha256 } from '../../domain/sha256.ts';

/**
 * A Bedrock API key goes out as a bearer token; AWS credentials sign the request (Signature Version 4, service
 * `bedrock`). The path is already percent-encoded and, as for every service but S3, encoded once more in the canonical
 * request: `%3A` is signed as `%253A`.
 *
 * @param nowMs signing time, milliseconds since the Unix epoch
 * @throws GatewayError where neither the provider nor its address names a region
 */
export function authorize(
  request: OutboundRequest,
  credential: Credential,
  target: Target,
  nowMs: number,
): OutboundRequest | Promise<OutboundRequest> {
  switch (credential.kind) {
    case 'none':
      return request;
    case 'api_key':
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${credential.value}` } };
    case 'aws':
      return sign(request, credential, regionOf(target), nowMs);
  }
}

async function sign(
  request: OutboundRequest,
  credential: Extract<Credential, { kind: 'aws' }>,
  region: string,
  nowMs: number,
): Promise<OutboundRequest> {
  const url = new URL(request.url);
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  const signer = new SignatureV4({
    service: 'bedrock',
    region,
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  const signed = await signer.sign(
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
  return { ...request, headers: signed.headers };
}

function regionOf({ provider }: Target): string {
  const region = provider.region ?? /\bbedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(provider.baseUrl)?.[1];
  if (region !== undefined) return region;
  throw new GatewayError('internal_error', `provider "${provider.id}" needs a region to sign its requests`);
}
