import * as z from 'zod';
import { signAwsRequest, type AwsCredentials } from '../../lib/transport/aws-signature.ts';

/** A gateway as the command line reaches it. */
export interface Target {
  /** Base URL, with the stage where there is one, without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
}

export interface ClientPorts {
  readonly fetch: (
    url: string,
    init: { method: string; headers: Record<string, string>; body?: string },
  ) => Promise<{
    readonly status: number;
    text(): Promise<string>;
  }>;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly nowMs: () => number;
}

/** The gateway said no: its own words, and the exit code they mean. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly problems: readonly string[];
  constructor(status: number, message: string, problems: readonly string[]) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

/** The gateway did not answer, or nobody knows with what credentials to ask. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const errorBody = z.object({
  error: z.object({
    message: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
/** API Gateway's own errors, where its responses have no shape of ours. */
const plainError = z.object({ message: z.string() });

/** Calls of the admin API, signed with Signature Version 4 for API Gateway (service `execute-api`). */
export class AdminClient {
  readonly #target: Target;
  readonly #ports: ClientPorts;

  constructor(target: Target, ports: ClientPorts) {
    this.#target = target;
    this.#ports = ports;
  }

  /** Rejects with Refused or Unreachable; an answer of another shape is Unreachable too. */
  async call<T>(
    shape: z.ZodType<T>,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    {
      query = {},
      body,
    }: { readonly query?: Record<string, string | undefined>; readonly body?: object } = {},
  ): Promise<T> {
    const url = new URL(`${this.#target.endpoint}/admin/v1${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await this.#send(method, url.href, text);
    const parsed = shape.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new Unreachable(`${this.#target.endpoint} answers, but not as a gateway does`);
  }

  async #send(method: string, url: string, body: string): Promise<unknown> {
    const { fetch, credentials, nowMs } = this.#ports;
    const headers = await signAwsRequest(
      { method, url, headers: body === '' ? {} : { 'content-type': 'application/json' }, body },
      {
        service: 'execute-api',
        region: this.#target.region,
        credentials: await credentials().catch(() => {
          throw new Unreachable('no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret');
        }),
        nowMs: nowMs(),
      },
    );
    const { host: _host, ...sent } = headers;
    let status;
    let text;
    try {
      const response = await fetch(url, { method, headers: sent, ...(body !== '' && { body }) });
      status = response.status;
      text = await response.text();
    } catch {
      throw new Unreachable(`${this.#target.endpoint} does not answer`);
    }
    const answer = json(text);
    if (status < 400) return answer;
    throw refusedOf(status, answer);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusedOf(status: number, answer: unknown): Refused {
  const known = errorBody.safeParse(answer);
  if (known.success) {
    const { message, problems = [] } = known.data.error;
    return new Refused(
      status,
      message,
      problems.map(({ path, message: what }) => `${path}: ${what}`),
    );
  }
  const plain = plainError.safeParse(answer);
  return new Refused(status, plain.success ? plain.data.message : `the gateway answered ${status}`, []);
}

/** Of API Gateway's own hosts, and of a region's host under a domain. */
const regionInHost = /\.execute-api\.([a-z0-9-]+)\.|^([a-z]{2,4}(?:-[a-z]+)+-\d)\./;

/**
 * Where a gateway is: `--endpoint` as given, the region from its host name unless one is named.
 * @throws RangeError naming what is wrong
 */
export function targetOf(endpoint: string, region: string | undefined, fallback: string | undefined): Target {
  const url = URL.parse(endpoint);
  const loopback = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new RangeError(
      `--endpoint (or FAIRLEAD_ENDPOINT) must be an https URL (or http to this machine), received "${endpoint}"`,
    );
  }
  const [path] = /(?:\/admin)?\/v1\/?$/.exec(url.pathname) ?? [];
  if (path !== undefined) {
    const extra = path.replace(/\/$/, '');
    throw new RangeError(`--endpoint is the base URL (output Endpoint), without "${extra}"`);
  }
  const [, ofApi, ofDomain] = regionInHost.exec(url.hostname) ?? [];
  const known = region ?? ofApi ?? ofDomain ?? fallback ?? (loopback ? 'us-east-1' : undefined);
  if (known === undefined) {
    throw new RangeError(
      `--region (or AWS_REGION) is missing: "${url.hostname}" does not say which region answers it`,
    );
  }
  return { endpoint: url.href.replace(/\/+$/, ''), region: known };
}
