import type { ByteSource, Cancellation, Clock, OutboundRequest, Transport } from '../domain/ports.ts';
import { signAwsRequest, type AwsCredentials } from './aws-signature.ts';

/** One service of AWS in one region, called without an SDK. */
export interface AwsService {
  readonly service: string;
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** A service that answers later is down. */
  readonly timeoutMs: number;
}

/** Statuses and bodies of these services are short: what is longer is none of theirs. */
const mostBytes = 1024 * 1024;

/**
 * Signs a call, sends it and reads the answer to its end, so that the connection can be used again.
 * Rejects with TransportError, or Error where the answer does not come in time; whatever came has a status.
 */
export async function callAws(
  { service, region, credentials, transport, clock, timeoutMs }: AwsService,
  request: OutboundRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  const signing = { service, region, credentials: await credentials(), nowMs: clock.nowMs() };
  const headers = await signAwsRequest(request, signing);
  const deadline = new Deadline(clock, timeoutMs);
  try {
    const response = await transport.send({ ...request, headers }, deadline);
    return { status: response.status, body: await textOf(response.body, deadline) };
  } finally {
    deadline.end();
  }
}

class Deadline implements Cancellation {
  cancelled = false;
  readonly #listeners: (() => void)[] = [];
  readonly #timer: { cancel(): void };

  constructor(clock: Clock, timeoutMs: number) {
    this.#timer = clock.after(timeoutMs, () => {
      this.cancelled = true;
      for (const listener of this.#listeners) listener();
    });
  }

  onCancel(listener: () => void): void {
    if (this.cancelled) listener();
    else this.#listeners.push(listener);
  }

  end(): void {
    this.#timer.cancel();
  }
}

function textOf(body: ByteSource, deadline: Cancellation): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const giveUp = (reason: string): void => {
      body.destroy();
      reject(new Error(reason));
    };
    deadline.onCancel(() => giveUp('it did not answer in time'));
    body.read({
      data: (chunk) => {
        bytes += chunk.byteLength;
        if (bytes > mostBytes) giveUp('its answer is too long');
        else chunks.push(chunk);
      },
      end: () => resolve(Buffer.concat(chunks).toString('utf8')),
      fail: reject,
    });
  });
}
