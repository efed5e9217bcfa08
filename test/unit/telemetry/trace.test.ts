import { describe, expect, it } from 'vitest';
import { GatewayError, type AttemptSummary } from '../../../lib/domain/failure.ts';
import { requestLine, Trace } from '../../../lib/telemetry.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const attempt = (outcome: AttemptSummary['outcome']): AttemptSummary => ({
  provider: 'a',
  model: 'm',
  outcome,
  durationMs: 1,
  message: 'the purple heron',
});

describe('what is known of a request', () => {
  it('tells what the gateway itself took: up to the first attempt, not to later ones', async () => {
    const clock = new ManualClock();
    const trace = new Trace('r', clock);
    await clock.advance(7);
    trace.sending();
    await clock.advance(500);
    trace.sending();
    await clock.advance(30);
    expect(trace.close(200)).toMatchObject({ addedMs: 7, durationMs: 537 });
    expect(requestLine(trace.close(200))).toMatchObject({ added_ms: 7, duration_ms: 537 });
  });

  it('tells nothing of added time where nobody was asked', () => {
    expect(new Trace('r', new ManualClock()).close(401)).not.toHaveProperty('addedMs');
  });

  it.each<[readonly AttemptSummary[], boolean, string]>([
    [[], false, 'gateway'],
    [[attempt('quota')], false, 'gateway'],
    [[attempt('quota'), attempt('silent')], false, 'provider'],
    [[], true, 'provider'],
  ])('tells whose a 503 is by who was asked: %j', (entries, forNobody, type) => {
    const trace = new Trace('r', new ManualClock());
    trace.follow({ entries, begun: [] });
    const error = new GatewayError('unavailable', 'the purple heron');
    const record = trace.close(503, error, forNobody);
    expect(record.errorType).toBe(type);
    expect(JSON.stringify(requestLine(record))).not.toContain('heron');
  });
});
