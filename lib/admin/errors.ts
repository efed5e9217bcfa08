import type { DocumentProblem } from '../policy/document-problem.ts';

/** The administration's own error codes, each with its HTTP status. */
export const adminErrorStatus = {
  invalid_request: 400,
  invalid_document: 400,
  missing_authentication: 403,
  signature_mismatch: 403,
  access_denied: 403,
  not_found: 404,
  unknown_key: 404,
  unknown_owner: 404,
  unknown_quota: 404,
  unknown_request: 404,
  method_not_allowed: 405,
  stale_version: 409,
  write_in_progress: 409,
  already_exists: 409,
  too_many_rotations: 409,
  request_too_large: 413,
  answer_too_large: 413,
  internal_error: 500,
  unavailable: 503,
} as const;

export type AdminErrorCode = keyof typeof adminErrorStatus;

/** An error an administrator is told about: its message names the field, the limit or the version. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: AdminErrorCode;
  readonly status: number;
  /** The field of the request that is wrong. */
  readonly param: string | undefined;
  readonly problems: readonly DocumentProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: AdminErrorCode,
    message: string,
    details: {
      readonly param?: string | undefined;
      readonly problems?: readonly DocumentProblem[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.status = adminErrorStatus[code];
    this.param = details.param;
    this.problems = details.problems;
    this.headers = details.headers ?? {};
  }
}

/** The body an error is answered with. */
export const errorBody = ({ message, status, code, param, problems }: AdminError): object => ({
  error: {
    message,
    type: status === 403 ? 'permission_error' : status < 500 ? 'invalid_request_error' : 'api_error',
    code,
    ...(param !== undefined && { param }),
    ...(problems !== undefined && { problems }),
  },
});
