import { decisionRecordOf, type RequestRecord } from '../domain/decision-record.ts';
import type { ConsumedAttempt } from '../domain/consumption.ts';
import { explanationOf, type Explanation } from '../domain/explanation.ts';
import type { GatewayError } from '../domain/failure.ts';
import { requestLine, type Trace } from '../telemetry.ts';
import { logDefect } from './defect.ts';
import type { Gateway } from './gateway.ts';
import type { Served } from './served.ts';

/** Waits for the request's last attempts, writes it down, and waits for what the stores still do. Never rejects. */
export async function settle(
  gateway: Gateway,
  trace: Trace,
  served: Served,
  status: number,
  error?: GatewayError,
): Promise<void> {
  const consumed = (await served.tab?.closed()) ?? [];
  const costMicroUsd = served.tab?.costMicroUsd;
  if (costMicroUsd !== undefined) trace.know({ costMicroUsd });
  const explanation = served.decision === undefined ? served.undecided : explanationOf(served.decision);
  if (explanation !== undefined) trace.know({ explanation });
  const record = trace.close(status, error, served.undecided !== undefined);
  gateway.log(requestLine(record));
  const traced = told(gateway, served, trace, record);
  await writeDown(gateway, served, consumed, record).catch((defect: unknown) =>
    logDefect(gateway, record.requestId, defect),
  );
  await traced;
  await gateway.settleStores();
}

/** Never rejects. */
async function told(
  gateway: Gateway,
  { traceHeader }: Served,
  trace: Trace,
  record: RequestRecord,
): Promise<void> {
  if (gateway.trace === undefined || traceHeader === undefined) return;
  await gateway
    .trace(traceHeader, record, trace.begun)
    .catch((defect: unknown) => logDefect(gateway, record.requestId, defect));
}

/** It was refused before anything was decided. */
const unexplained: Explanation = { rules: [], candidates: [], order: [] };

async function writeDown(
  gateway: Gateway,
  { policy }: Served,
  consumed: readonly ConsumedAttempt[],
  record: RequestRecord,
): Promise<void> {
  const wanted = policy?.decisionRecords ?? 'none';
  const explained = wanted === 'all' || (wanted === 'failures' && record.errorCode !== undefined);
  if (consumed.length === 0 && !explained) return;
  const { consumption, decisions } = await gateway.records();
  for (const attempt of consumed) consumption.record(attempt);
  if (explained) {
    decisions.record(decisionRecordOf(record, gateway.region.name, record.explanation ?? unexplained));
  }
}
