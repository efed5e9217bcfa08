import { asArray, asObject, type JsonObject } from '../domain/json.ts';
import { embedded, type Measured } from './embedded-metrics.ts';

/**
 * A log whose lines carry the metrics they tell of. What is measured is read from the lines themselves, so that a metric
 * can always be told again from the log.
 *
 * @param nowMs milliseconds since the epoch, when a line is written
 */
export function measuredLog(
  log: (line: object) => void,
  deployment: string,
  nowMs: () => number,
): (line: object) => void {
  return (line) => {
    const fields = asObject(line);
    const { event } = fields;
    if (event === 'request') {
      for (const measured of requestLines(fields, deployment, nowMs())) log(measured);
      return;
    }
    const counted = counters(String(event), fields);
    log(counted.length === 0 ? line : { ...line, ...embedded(nowMs(), deployment, counted) });
  };
}

const count = (metric: Measured['metric'], value = 1): Measured => ({ metric, value, unit: 'Count' });

function counters(event: string, line: JsonObject): readonly Measured[] {
  if (event.endsWith('_problem')) return [count('storeProblems')];
  if (event === 'internal_error') return [count('defects')];
  if (event === 'health_snapshot') {
    return [
      count('routesDegraded', numberOf(line['degraded']) ?? 0),
      count('routesFailed', numberOf(line['failed']) ?? 0),
    ];
  }
  return [];
}

/** The request's line first; one more for each further provider that was tried, since a line names one. */
function* requestLines(line: JsonObject, deployment: string, nowMs: number): Generator<object> {
  // Only operations are requests: whoever asks for health or models costs nothing and tells nothing.
  const { provider: answered, operation, error_type: errorType } = line;
  if (operation === undefined && errorType === undefined) {
    yield line;
    return;
  }
  const tried = attemptsOf(line);
  const first = typeof answered === 'string' ? answered : [...tried.keys()][0];
  const measured = [
    ...wholeRequest(line),
    ...(first === undefined ? [] : ofProvider(line, tried.get(first), answered === first)),
  ];
  yield {
    ...line,
    ...embedded(nowMs, deployment, measured, {
      ...(first !== undefined && { provider: first }),
      ...(typeof errorType === 'string' && { errorType }),
    }),
  };
  for (const [provider, tries] of tried) {
    if (provider === first) continue;
    const more = { event: 'attempts', request_id: line['request_id'] };
    yield { ...more, ...embedded(nowMs, deployment, ofProvider(line, tries, false), { provider }) };
  }
}

function wholeRequest(line: JsonObject): readonly Measured[] {
  const milliseconds = (metric: Measured['metric'], field: string): readonly Measured[] =>
    valueOf(metric, 'Milliseconds', numberOf(line[field]));
  const code = line['error_code'];
  const refused = line['error_type'] === 'policy' && (code === 'budget_exceeded' || code === 'rate_limited');
  const costMicroUsd = numberOf(line['cost_micro_usd']);
  return [
    count('requests'),
    // Zeros too: DNS follows the share of faults, and an alarm it can follow has one metric and no arithmetic.
    { metric: 'faults', value: Number(line['error_type'] === 'gateway'), unit: 'None' },
    ...(line['error_type'] === undefined ? [] : [{ ...count('errors'), by: 'errorType' } as const]),
    ...((numberOf(line['status']) ?? 0) >= 500 ? [count('serverErrors')] : []),
    ...(refused ? [count('quotaRefusals')] : []),
    ...milliseconds('duration', 'duration_ms'),
    ...milliseconds('addedLatency', 'added_ms'),
    ...(line['stream'] === true ? milliseconds('timeToFirstToken', 'first_content_ms') : []),
    ...valueOf('inputTokens', 'Count', numberOf(line['input_tokens'])),
    ...valueOf('outputTokens', 'Count', numberOf(line['output_tokens'])),
    ...valueOf('cost', 'None', costMicroUsd === undefined ? undefined : costMicroUsd / 1e6),
  ];
}

interface Tries {
  readonly attempts: number;
  readonly failures: number;
}

function ofProvider(line: JsonObject, tries: Tries | undefined, answered: boolean): readonly Measured[] {
  const by = 'provider' as const;
  const first = answered && line['stream'] === true ? numberOf(line['first_content_ms']) : undefined;
  const costMicroUsd = answered ? numberOf(line['cost_micro_usd']) : undefined;
  return [
    ...valueOf('attempts', 'Count', tries?.attempts),
    ...valueOf('attemptFailures', 'Count', tries?.failures || undefined),
    ...valueOf('timeToFirstToken', 'Milliseconds', first),
    ...valueOf('cost', 'None', costMicroUsd === undefined ? undefined : costMicroUsd / 1e6),
  ].map((each) => ({ ...each, by }));
}

/** Attempts by provider; those a limit kept from being sent are none of the provider's. */
function attemptsOf(line: JsonObject): ReadonlyMap<string, Tries> {
  const tried = new Map<string, Tries>();
  for (const each of asArray(line['attempts'])) {
    const { provider, outcome } = asObject(each);
    if (typeof provider !== 'string' || outcome === 'quota') continue;
    const { attempts, failures } = tried.get(provider) ?? { attempts: 0, failures: 0 };
    const failed = outcome !== 'ok' && outcome !== 'cancelled';
    tried.set(provider, { attempts: attempts + 1, failures: failures + Number(failed) });
  }
  return tried;
}

const valueOf = (
  metric: Measured['metric'],
  unit: Measured['unit'],
  value: number | undefined,
): readonly Measured[] => (value === undefined ? [] : [{ metric, unit, value }]);

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
