/** The outside world as the core sees it. Functions pass real ones in; tests pass their own. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Calls `fire` once, `delayMs` from now at the earliest, unless cancelled. */
  after(delayMs: number, fire: () => void): Timer;
}

/** A number in [0, 1). */
export type Random = () => number;

/** Lower-case names; a repeated header is joined with ", ". */
export type Headers = Readonly<Record<string, string>>;

/** What is sent to a provider. The URL is built from the gateway document only, never from what a caller sent. */
export interface OutboundRequest {
  readonly method: 'POST' | 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
}

/** Receives a body as it arrives; exactly one of `end` and `fail` is called, once, last. */
export interface ByteSink {
  data(chunk: Uint8Array): void;
  end(): void;
  fail(error: TransportError): void;
}

/** A response body. Nothing flows before `read`. */
export interface ByteSource {
  read(sink: ByteSink): void;
  /** Backpressure: stops the flow until `resume`. */
  pause(): void;
  resume(): void;
  /** Gives the body up and closes its connection; the sink hears nothing any more. */
  destroy(): void;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ByteSource;
}

/** Stops an attempt: `abort` may come at any time, before or after the response. */
export interface Cancellation {
  readonly cancelled: boolean;
  /** Called at once when already cancelled. */
  onCancel(listener: () => void): void;
}

export interface Transport {
  /* A reused connection that breaks before any byte of the response is the transport's own affair: the request goes out again on a fresh one. */
  /** Rejects with `TransportError` only. A cancelled request rejects with kind "cancelled". */
  send(request: OutboundRequest, cancellation: Cancellation): Promise<OutboundResponse>;
}

export type TransportErrorKind =
  | 'refused' // no connection: refused, unreachable, name not found, TLS failure
  | 'reset' // the connection broke before the response's headers
  | 'cut' // the connection broke inside the body
  | 'cancelled';

/** A failure below HTTP. The message names no host. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: TransportErrorKind;
  constructor(kind: TransportErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Where a streamed answer goes. Closed by exactly one `end` or `abort`. */
export interface OutputBody {
  /** False: the reader is behind; wait for `onDrain` before writing more. */
  write(chunk: Uint8Array | string): boolean;
  end(): void;
  /** The reader is gone or the answer is lost: whoever still reads sees a cut connection. */
  abort(): void;
  /** One listener, called whenever the reader has caught up after `write` said false. */
  onDrain(listener: () => void): void;
  /** One listener, called once if the reader leaves before the end. */
  onGone(listener: () => void): void;
}
