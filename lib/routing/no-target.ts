import type { Candidate, DropReason } from '../domain/decision.ts';
import { type ErrorCode, GatewayError } from '../domain/failure.ts';
import type { Caller } from '../domain/policy.ts';

/** No target is left; the candidates tell why. */
export class NoTarget extends GatewayError {
  readonly candidates: readonly Candidate[];
  readonly rules: readonly string[];
  constructor(
    caller: Caller,
    model: string,
    candidates: readonly Candidate[],
    /** Those that matched. */
    rules: readonly string[],
  ) {
    const { code, message, ...details } = refusal(caller, model, candidates);
    super(code, message, details);
    this.candidates = candidates;
    this.rules = rules;
  }
}

interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly shouldRetry?: boolean;
}

/** The farther a candidate came through the filters, the better its reason explains the refusal. */
const tellingOrder: readonly DropReason[] = [
  'quota',
  'price',
  'capability',
  'no_key',
  'certification',
  'zone',
  'zero_weight',
  'rule',
  'operation_not_served',
  'model_not_allowed',
  'provider_not_allowed',
  'model_not_served',
];

function refusal(caller: Caller, model: string, candidates: readonly Candidate[]): Refused {
  const dropped = candidates.flatMap((entry) => (entry.kept ? [] : [entry]));
  const reason = tellingOrder.find((each) => dropped.some((entry) => entry.reason === each));
  const details = [
    ...new Set(dropped.filter((entry) => entry.reason === reason).map((entry) => entry.detail)),
  ].join('; ');
  const { virtualKeyId, grants } = caller;
  if (grants.length === 0) {
    return { code: 'provider_not_allowed', message: `virtual key "${virtualKeyId}" may use no provider` };
  }
  if (reason === undefined || reason === 'model_not_served' || reason === 'operation_not_served') {
    const detail =
      reason === 'operation_not_served'
        ? details
        : `no provider of virtual key "${virtualKeyId}" serves "${model}"`;
    return { code: 'model_not_found', message: `model "${model}" not found: ${detail}`, param: 'model' };
  }
  if (reason === 'quota') {
    const notices = dropped.flatMap(({ quota }) => (quota === undefined ? [] : [quota]));
    const waits = notices.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
    return {
      code: notices[0]?.code ?? 'rate_limited',
      message: details,
      ...(waits.length > 0 && { retryAfterMs: Math.min(...waits) }),
    };
  }
  if (reason === 'capability') {
    const param = dropped.find((entry) => entry.parameter !== undefined)?.parameter;
    return { code: 'invalid_request', message: `no target can carry this request: ${details}`, param };
  }
  if (reason === 'price') return { code: 'price_unknown', message: details, param: 'model' };
  if (reason === 'no_key') return { code: 'unavailable', message: details };
  const code =
    reason === 'model_not_allowed' || reason === 'zero_weight' || reason === 'rule'
      ? 'model_not_allowed'
      : 'provider_not_allowed';
  return { code, message: `model "${model}": ${details}`, param: 'model' };
}
