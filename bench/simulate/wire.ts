import type { Exchange, ProviderDialect, StreamReader, StreamStep } from '../../lib/dialects/contract.ts';
import { readRateLimits } from '../../lib/dialects/openai/rate-limits.ts';
import { retryAfterMs } from '../../lib/dialects/retry-after.ts';
import type { Target } from '../../lib/domain/decision.ts';
import type { Headers, OutboundRequest } from '../../lib/domain/ports.ts';
import type { Usage } from '../../lib/domain/usage.ts';

/** What all attempts of one simulated request have in common. */
export interface Job {
  /** Counts arrivals from 0. */
  readonly index: number;
  readonly key: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Attempts so far, by place. */
  readonly attempts: Map<string, number>;
}

/** A request on its way to a simulated provider. */
export class SimulatedRequest implements OutboundRequest {
  readonly method = 'POST';
  readonly url = 'simulated:';
  readonly headers: Headers = {};
  readonly body = '';
  readonly job: Job;
  readonly target: Target;
  /** The provider key it is made with. */
  readonly keyId: string;

  constructor(job: Job, target: Target, keyId: string) {
    this.job = job;
    this.target = target;
    this.keyId = keyId;
  }
}

/** The wire of simulated providers: one byte a message, so that nothing is spent on formats. */
export const wire = { content: new Uint8Array([1]), finish: new Uint8Array([2]) } as const;
const finishByte = 2;

/** Characters of text that are taken for a token, in prompts and in answers. */
export const charsPerToken = 4;

/** How every provider of a simulation is spoken to, whatever its type: it carries everything. */
export const simulatedDialect = (jobOf: (requestId: string) => Job): ProviderDialect => ({
  unsupported: () => [],
  authorize: (request, credential) =>
    request instanceof SimulatedRequest && credential.kind === 'api_key'
      ? new SimulatedRequest(request.job, request.target, credential.value)
      : request,
  readRateLimits,
  open: (_request, target, context): Exchange => {
    const job = jobOf(context.requestId);
    const usage: Usage = { inputTokens: job.inputTokens, outputTokens: job.outputTokens };
    return {
      request: new SimulatedRequest(job, target, ''),
      readReply: () => ({ ok: true, body: '', contentType: 'text/plain', usage }),
      readFault: (status, headers) => {
        const waitMs = retryAfterMs(headers);
        const message = `the simulated provider answers ${status}`;
        return { status, message, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
      },
      openStream: () => new SimulatedReader(usage),
    };
  },
});

class SimulatedReader implements StreamReader {
  readonly #usage: Usage;
  readonly state: {
    content: boolean;
    finished: boolean;
    terminated: boolean;
    insideToolCall: boolean;
    outputChars: number;
    usage?: Usage;
  } = { content: false, finished: false, terminated: false, insideToolCall: false, outputChars: 0 };

  constructor(usage: Usage) {
    this.#usage = usage;
  }

  push(chunk: Uint8Array): StreamStep {
    this.state.content = true;
    if (chunk[0] === finishByte) {
      this.state.finished = true;
      this.state.terminated = true;
      this.state.usage = this.#usage;
    } else this.state.outputChars += charsPerToken;
    return { output: chunk };
  }

  end(): StreamStep {
    return { output: '' };
  }

  finish(): string {
    return '';
  }
}
