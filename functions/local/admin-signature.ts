import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { AdminError } from '../../lib/admin/errors.ts';
import { Sha256 } from '../../lib/domain/sha256.ts';

/** A request as it was received. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface SignatureRules {
  readonly region: string;
  /** Access key id -> secret access key. */
  readonly keys: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

const service = 'execute-api';
const mostSkewMs = 5 * 60_000;

/**
 * Who has signed a request with AWS Signature Version 4, as its access key id: the signature is made again from what
 * was received, and has to be the same (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
 * Rejects with AdminError `missing_authentication` or `signature_mismatch`.
 */
export async function signerOf(request: ReceivedRequest, rules: SignatureRules): Promise<string> {
  const authorization = request.headers['authorization'];
  if (authorization === undefined) {
    throw new AdminError('missing_authentication', 'Missing Authentication Token');
  }
  const given = readAuthorization(authorization);
  const secretAccessKey = rules.keys.get(given.accessKeyId);
  if (secretAccessKey === undefined) throw mismatch('the access key id is none of this gateway');
  if (given.region !== rules.region || given.service !== service) {
    throw mismatch(
      `the credential is scoped to ${given.region}/${given.service}; sign for ${rules.region}/${service}`,
    );
  }
  const signedAtMs = readDate(request.headers['x-amz-date'], given.date);
  if (Math.abs(rules.nowMs - signedAtMs) > mostSkewMs) {
    throw mismatch(`signed at ${new Date(signedAtMs).toISOString()}, over five minutes from now`);
  }
  const digest = createHash('sha256').update(request.body).digest('hex');
  const declared = request.headers['x-amz-content-sha256'];
  if (declared !== undefined && declared !== digest)
    throw mismatch('x-amz-content-sha256 is not of this body');
  const expected = await signatureOf(request, given, secretAccessKey, signedAtMs);
  if (!sameText(expected, given.signature)) {
    throw mismatch('the signature is not of this request and this secret access key');
  }
  return given.accessKeyId;
}

interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function readAuthorization(header: string): Authorization {
  const [, accessKeyId, date, region, serviceName, names, signature] =
    /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([a-z0-9;_-]+), *Signature=([0-9a-f]{64})$/.exec(
      header.trim(),
    ) ?? [];
  const isWhole = accessKeyId !== undefined && date !== undefined && region !== undefined;
  if (!isWhole || serviceName === undefined || names === undefined || signature === undefined) {
    throw new AdminError('missing_authentication', 'the call is not signed by AWS Signature Version 4');
  }
  const signedHeaders = names.split(';');
  for (const name of ['host', 'x-amz-date']) {
    if (!signedHeaders.includes(name)) throw mismatch(`header "${name}" must be signed`);
  }
  return { accessKeyId, date, region, service: serviceName, signedHeaders, signature };
}

function readDate(header: string | undefined, date: string): number {
  const [, day, hours, minutes, seconds] = /^(\d{8})T(\d{2})(\d{2})(\d{2})Z$/.exec(header ?? '') ?? [];
  if (day !== date) throw mismatch('x-amz-date is missing, or not of the day of the credential');
  const atMs = Date.parse(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${hours}:${minutes}:${seconds}Z`,
  );
  if (Number.isNaN(atMs)) throw mismatch('x-amz-date is no date');
  return atMs;
}

async function signatureOf(
  { method, url, headers, body }: ReceivedRequest,
  { accessKeyId, region, signedHeaders }: Authorization,
  secretAccessKey: string,
  signedAtMs: number,
): Promise<string> {
  const signed: Record<string, string> = {};
  for (const name of signedHeaders) {
    const value = headers[name];
    if (value === undefined) throw mismatch(`header "${name}" is signed, but not there`);
    signed[name] = value;
  }
  const mark = url.indexOf('?');
  const [path, query] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey },
    // Nothing is added to what the caller has signed.
    applyChecksum: false,
  });
  const again = await signer.sign(
    { method, protocol: 'http:', hostname: 'local', path, query: parametersOf(query), headers: signed, body },
    { signingDate: new Date(signedAtMs), signableHeaders: new Set(signedHeaders) },
  );
  return /Signature=([0-9a-f]{64})$/.exec(again.headers['authorization'] ?? '')?.[1] ?? '';
}

function parametersOf(query: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)]));
}

const mismatch = (why: string): AdminError =>
  new AdminError('signature_mismatch', `the signature does not match: ${why}`);

/** Takes the same time wherever the two differ. */
const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
