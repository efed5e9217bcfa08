import type { Clock, Transport } from '../domain/ports.ts';
import { callAws } from './aws-call.ts';
import type { AwsCredentials } from './aws-signature.ts';

/** What was asked and what was answered. No header of either: a key stands in one. */
export interface Exchange {
  readonly requestId: string;
  readonly receivedMs: number;
  readonly path: string;
  readonly status: number;
  readonly request: string;
  /** Absent where the answer was no text. */
  readonly response?: string;
  /** Whether the answer went on beyond what is kept. */
  readonly truncated: boolean;
}

export interface PromptBucketOptions {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A bucket that takes longer does not get the exchange: nobody waits for it but this invocation's end. */
const timeoutMs = 5_000;

/**
 * Prompts and answers in a bucket of the gateway's own region, one object each, named by day and request id
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html): one call needs no SDK. The bucket encrypts by its own
 * default.
 */
export class PromptBucket {
  readonly #options: PromptBucketOptions;

  constructor(options: PromptBucketOptions) {
    this.#options = options;
  }

  /** Rejects with Error naming the status: the exchange is not in the bucket, or nobody knows. */
  async store(exchange: Exchange): Promise<void> {
    const { bucket, ...aws } = this.#options;
    const day = new Date(exchange.receivedMs).toISOString().slice(0, 10).replaceAll('-', '/');
    const { status } = await callAws(
      { ...aws, service: 's3', timeoutMs },
      {
        method: 'PUT',
        url: `https://${bucket}.s3.${aws.region}.amazonaws.com/${day}/${objectName(exchange.requestId)}.json`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(exchange),
      },
    );
    if (status !== 200) throw new Error(`the bucket of prompts answered ${status}`);
  }
}

/** API Gateway's ids are of this alphabet; whatever else comes stays inside the day's folder. */
const objectName = (requestId: string): string => requestId.replaceAll(/[^\w-]/g, '_');
