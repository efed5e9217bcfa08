import type { ClientRequest } from '../dialects/contract.ts';
import { isDenied, type Admittance } from '../domain/admission.ts';
import type { Decision } from '../domain/decision.ts';
import type { Headers } from '../domain/ports.ts';
import { bothUsages } from '../domain/usage.ts';
import { answerStream, answerWhole } from '../execution/deliver.ts';
import type { Answer } from '../execution/outcome.ts';
import type { Heard } from '../execution/relay-answer.ts';
import { responseHeaders } from '../execution/response-headers.ts';
import type { Run } from '../execution/run.ts';
import type { Trace } from '../telemetry.ts';
import { logDefect } from './defect.ts';
import type { Gateway, GatewayRequest, GatewayResponse } from './gateway.ts';
import type { Served } from './served.ts';
import { settle } from './settle.ts';
import type { Tab } from './tab.ts';
import { TimedAttempts } from './timed-attempts.ts';

/** API Gateway gives up a connection that is silent for 300 s, and a whole reply is silent until it is there. */
const wholeReplyLimitMs = 290_000;
/** Kept back from the invocation's time for settling. */
const settleReserveMs = 30_000;

/** The chain under way, and its answer as a response. Rejects with GatewayError when nobody answers. */
export async function execute(
  gateway: Gateway,
  run: Run,
  served: Served & { readonly decision: Decision; readonly tab: Tab },
  trace: Trace,
): Promise<GatewayResponse> {
  const { decision, tab } = served;
  const headersOf = (contentType: string, answer: Answer | undefined, costMicroUsd?: number): Headers =>
    responseHeaders({
      requestId: trace.requestId,
      region: gateway.region.name,
      contentType,
      attempts: trace.attempts.length,
      decision,
      answer,
      costMicroUsd,
      rateLimits: served.quotas?.headers(),
    });

  /** Of several answers the first is the one that was heard; what they have consumed is counted together. */
  const settleAnswers = (heard: readonly Heard[]): void => {
    const [first] = heard;
    if (first === undefined) return;
    const { provider, model } = first.answer.target;
    trace.know({ provider: provider.id, model });
    const usages = heard.flatMap(({ answer, spent }) => {
      // An answer that was paid for reaches its caller though its price cannot be told.
      try {
        const { usage } = answer.permit.settle(spent);
        return usage === undefined ? [] : [usage];
      } catch (defect) {
        logDefect(gateway, trace.requestId, defect);
        return [];
      }
    });
    if (usages.length > 0) trace.know({ usage: usages.reduce(bothUsages) });
  };

  if (!run.request.stream) {
    const answer = await answerWhole(run, decision.order);
    trace.know({ firstContentMs: trace.elapsedMs() });
    if (answer.outcome.kind !== 'reply') throw new Error('a stream answered a request for a whole reply');
    const { reply } = answer.outcome;
    const reported = reply.usage === undefined ? {} : { usage: reply.usage };
    const spent = { kind: 'used', outputChars: 0, complete: reply.usage !== undefined, ...reported } as const;
    settleAnswers([{ answer, spent }]);
    return {
      status: 200,
      headers: headersOf(reply.contentType, answer, tab.costMicroUsd),
      body: reply.body,
      settled: settle(gateway, trace, served, 200),
    };
  }

  const { answer, pour, ended } = await answerStream(run, decision.order);
  return {
    status: 200,
    headers: headersOf('text/event-stream; charset=utf-8', answer),
    body: pour,
    settled: ended.then((end) => {
      if (end.readerGone === true) trace.know({ readerGone: true });
      if (end.spokeAtMs !== undefined) trace.know({ firstContentMs: end.spokeAtMs - trace.startedMs });
      settleAnswers(end.heard);
      return settle(gateway, trace, served, 200, end.error);
    }),
  };
}

/** Everything the attempts of one request share. */
export function runOf(
  gateway: Gateway,
  request: GatewayRequest,
  asked: ClientRequest,
  decision: Decision,
  tab: Tab,
  trace: Trace,
): Run {
  const log = new TimedAttempts();
  trace.follow(log);
  const limitMs = Math.min(
    decision.order[0]?.settings.deadlineMs ?? 0,
    Math.max(0, request.remainingMs - settleReserveMs),
    asked.stream ? Infinity : wholeReplyLimitMs,
  );
  return {
    ports: {
      ...gateway.execution,
      clock: gateway.clock,
      random: gateway.random,
      dialectOf: (target) => {
        // The decision has asked every target's dialect already, so it is there.
        const dialect = gateway.dialect(target.provider.type);
        if (dialect instanceof Promise) throw new Error(`no dialect for ${target.provider.type}`);
        return dialect;
      },
    },
    request: asked,
    context: (target) => ({
      requestId: request.requestId,
      createdS: Math.floor(trace.startedMs / 1000),
      model: target.model,
      wantsStreamUsage: asked.wantsStreamUsage,
    }),
    deadlineAtMs: trace.startedMs + limitMs,
    log,
    pastContentPolicy: decision.pastContentPolicy,
    admit: (target, key, sent) => {
      const admitted = tab.admit(target, key, sent);
      if (admitted instanceof Promise) return admitted.then((permit) => noted(trace, permit));
      return noted(trace, admitted);
    },
  };
}

/** What is admitted is sent next: from here on a provider is waited for, and not the gateway. */
function noted(trace: Trace, admittance: Admittance): Admittance {
  if (!isDenied(admittance)) trace.sending();
  return admittance;
}
