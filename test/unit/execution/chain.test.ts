import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lib/domain/decision.ts';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { failover } from '../../../lib/execution/failover.ts';
import { refuses, says, type Stage, stageRun, targetAt } from './scene.ts';

const [a, b] = [targetAt('a'), targetAt('b')];

async function answered(stage: Stage, order: readonly Target[], ms = 10_000): Promise<string> {
  const asking = failover(stage.run, order, new CancelSwitch()).catch((error: unknown) => error);
  await stage.clock.advance(ms);
  const end = await asking;
  if (end instanceof GatewayError) return `error ${end.status} ${end.code}: ${end.message}`;
  return stage.asked().at(-1) ?? 'nobody';
}

describe('after a rate limit with Retry-After', () => {
  const limited = refuses(429, { retryAfterMs: 30_000 });

  it('the next request does not run into it first', async () => {
    const stage = stageRun({ a: [limited, says('hi')], b: [says('hi')] });
    await answered(stage, [a, b], 0);
    await answered(stage, [a, b], 0);
    expect(stage.asked()).toEqual(['a@0', 'b@0', 'b@0']);
    await stage.clock.advance(30_000);
    expect(await answered(stage, [a, b], 0)).toBe('a@30000');
  });

  it('another key of the same target is asked first', async () => {
    const keyed = targetAt('a', {}, ['k', 'l']);
    const stage = stageRun({ a: [limited, says('hi')] });
    await answered(stage, [keyed], 0);
    await answered(stage, [keyed], 0);
    expect(stage.transport.seen.map(({ request }) => request.headers['authorization'])).toEqual([
      'secret-k',
      'secret-l',
      'secret-l',
    ]);
  });

  it('it is asked all the same where nothing else is left', async () => {
    const stage = stageRun({ a: [limited, says('hi')], b: [refuses(404)] });
    await answered(stage, [a], 0);
    expect(await answered(stage, [a], 0)).toBe('a@0');
    await answered(stage, [a, b], 0);
    expect(stage.asked()).toEqual(['a@0', 'a@0', 'b@0', 'a@0']);
  });

  it('it comes last, and the error is still that of the target asked for', async () => {
    const stage = stageRun({ a: [limited], b: [refuses(404, { message: 'no such path' })] });
    await answered(stage, [a], 0);
    expect(await answered(stage, [a, b], 0)).toMatch(/^error 429 rate_limited: a\/m: /);
    expect(stage.asked()).toEqual(['a@0', 'b@0', 'a@0']);
  });

  it('nothing is remembered of one without it, or in words that may be the caller’s', async () => {
    const stage = stageRun({ a: [refuses(429), says('hi')], b: [says('hi')] });
    await answered(stage, [a, b], 0);
    expect(await answered(stage, [a, b], 0)).toBe('a@0');
  });
});

describe('a refusal by the safety system', () => {
  const refused = refuses(400, { code: 'content_filter', message: 'blocked' });

  it('is final', async () => {
    const stage = stageRun({ a: [refused], b: [says('hi')] });
    expect(await answered(stage, [a, b])).toBe('error 400 content_policy_violation: a/m: blocked');
    expect(stage.asked()).toEqual(['a@0']);
  });

  it('goes to the next target where a rule opted in', async () => {
    const stage = stageRun({ a: [refused], b: [says('hi')] }, { run: { pastContentPolicy: true } });
    expect(await answered(stage, [a, b])).toBe('b@0');
  });

  it('is what the caller reads when all refuse, rule or not', async () => {
    const stage = stageRun({ a: [refused], b: [refused] }, { run: { pastContentPolicy: true } });
    expect(await answered(stage, [a, b])).toBe('error 400 content_policy_violation: a/m: blocked');
    expect(stage.outcomes()).toEqual(['a:content_policy', 'b:content_policy']);
  });

  it('opens no way past an invalid request', async () => {
    const stage = stageRun(
      { a: [refuses(400, { message: 'bad' })], b: [says('hi')] },
      { run: { pastContentPolicy: true } },
    );
    expect(await answered(stage, [a, b])).toMatch(/^error 400/);
    expect(stage.asked()).toEqual(['a@0']);
  });
});
