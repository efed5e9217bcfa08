/** Why an attempt failed, in the classes that decide what happens next (README, "Failure behaviour"). */
export type FailureClass =
  | 'transient'
  | 'silent'
  | 'rate_limited'
  | 'credential'
  | 'not_here'
  | 'unserved'
  | 'context_length'
  | 'content_policy'
  | 'invalid_request'
  | 'broken_stream';

/** How far a refused credential is refused: the whole key, or only this key with this model. */
export type CredentialScope = 'key' | 'key_model';

export interface Failure {
  readonly class: FailureClass;
  /** Only for `credential`. */
  readonly scope?: CredentialScope;
  /** The provider's words that told the class may be a quotation of the caller's: nothing that outlasts the request may follow. */
  readonly doubtful?: true;
}

/** The gateway's own error codes (README, "Errors"), each with its HTTP status. */
export const errorStatus = {
  invalid_request: 400,
  price_unknown: 400,
  invalid_virtual_key: 401,
  budget_exceeded: 402,
  provider_not_allowed: 403,
  model_not_allowed: 403,
  model_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  request_too_large: 413,
  residency_violation: 421,
  rate_limited: 429,
  internal_error: 500,
  upstream_failed: 502,
  unavailable: 503,
  deadline_exceeded: 504,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** What happened to one attempt, as the caller may see it: no secret, no host. */
export interface AttemptSummary {
  readonly provider: string;
  readonly model: string;
  /** The id of the provider key in the gateway document; absent where none is needed. */
  readonly key?: string;
  /** `quota`: not sent, since a limit leaves too little. */
  readonly outcome: 'ok' | 'cancelled' | 'quota' | FailureClass;
  /** The provider's HTTP status, where there was one. */
  readonly status?: number;
  readonly message?: string;
  readonly durationMs: number;
}

/** An error the caller is told about: its message names the field, the limit or the rule. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: string;
  readonly status: number;
  /** OpenAI's `type`; for a provider's error the provider's own. */
  readonly type: string;
  readonly param: string | undefined;
  readonly attempts: readonly AttemptSummary[] | undefined;
  readonly retryAfterMs: number | undefined;
  /** False tells SDKs not to retry by themselves (`x-should-retry: false`). */
  readonly shouldRetry: boolean | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      readonly param?: string | undefined;
      readonly attempts?: readonly AttemptSummary[] | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly shouldRetry?: boolean | undefined;
      /** A provider's error passed on: its own status, type and code replace the gateway's. */
      readonly provider?: { readonly status: number; readonly type?: string; readonly code?: string };
    } = {},
  ) {
    super(message);
    this.status = details.provider?.status ?? errorStatus[code];
    this.code = details.provider?.code ?? code;
    this.type = details.provider?.type ?? openAiType(this.status);
    this.param = details.param;
    this.attempts = details.attempts;
    this.retryAfterMs = details.retryAfterMs;
    this.shouldRetry = details.shouldRetry;
  }
}

/** OpenAI's error `type` for a status (platform.openai.com/docs/guides/error-codes). */
function openAiType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 402) return 'insufficient_quota';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}
