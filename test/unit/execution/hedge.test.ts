import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../lib/domain/policy.ts';
import { answerWhole } from '../../../lib/execution/deliver.ts';
import { hedgeDelayMs } from '../../../lib/execution/hedge.ts';
import { lineRequest } from '../../support/line-dialect.ts';
import { recordedHealth } from '../../support/recorded-health.ts';
import { replies, stageRun, targetAt } from './scene.ts';

const [a, b] = [targetAt('a'), targetAt('b')];
const chat = lineRequest();
const whole = lineRequest({}, false);
const p99 = (ms: number) => recordedHealth(() => ms);

describe('a stream is slow', () => {
  it.each([
    ['nothing known of its route', recordedHealth(), 10_000],
    ['a route that is faster', p99(4_000), 10_000],
    ['a route that takes longer now and then', p99(23_000), 23_000],
  ])('with %s', (_name, health, delayMs) => {
    expect(hedgeDelayMs(chat, a, health)).toBe(delayMs);
  });

  it('after six times as long where the model reasons, or its p99', () => {
    const reasoning = lineRequest({ reasoning_effort: 'high' });
    expect(hedgeDelayMs(reasoning, a, p99(23_000))).toBe(60_000);
    expect(hedgeDelayMs(reasoning, a, p99(70_000))).toBe(70_000);
  });

  it('by the p99 of requests of its size and kind', () => {
    const asked: unknown[] = [];
    const health = recordedHealth((size) => {
      asked.push(size);
      return undefined;
    });
    hedgeDelayMs({ ...chat, text: 'x'.repeat(4_000) }, a, health);
    hedgeDelayMs(whole, a, health);
    expect(asked).toEqual([
      { inputTokens: 1_000, stream: true },
      { inputTokens: 0, stream: false },
    ]);
  });
});

describe('a whole reply is slow', () => {
  it('only past the p99 of its route, and never while nobody knows it', () => {
    expect(hedgeDelayMs(whole, a, recordedHealth())).toBeUndefined();
    expect(hedgeDelayMs(whole, a, p99(23_000))).toBe(23_000);
  });

  it('not before hedgeAfterMs, with which hedges are put off', () => {
    expect(hedgeDelayMs(whole, a, p99(800))).toBe(10_000);
  });

  it('and gets company then, which wins', async () => {
    const stage = stageRun(
      { a: [replies(60_000)], b: [replies(500)] },
      { stream: false, health: p99(20_000) },
    );
    const asking = answerWhole(stage.run, [a, b]);
    await stage.clock.advance(20_500);
    expect((await asking).target).toBe(b);
    expect(stage.asked()).toEqual(['a@0', 'b@20000']);
    expect(stage.health.samples).toMatchObject([
      { provider: 'b', wholeMs: 500 },
      { provider: 'a', outcome: 'ok', wholeMs: 20_500 },
    ]);
    expect(stage.clock.pending).toBe(0);
  });
});

it.each<[string, Operation, boolean, object]>([
  ['embeddings', 'embeddings', false, {}],
  ['whole Responses', 'responses', false, { store: false }],
  ['streamed Responses whose state is stored', 'responses', true, {}],
  ['stored completions', 'chat', true, { store: true }],
  ['server tools', 'chat', false, { tools: [{ type: 'web_search' }] }],
  ['web searches', 'chat', true, { web_search_options: {} }],
])('no hedge for %s', (_name, operation, stream, json) => {
  expect(hedgeDelayMs({ ...lineRequest({ ...json }, stream), operation }, a, p99(1_000))).toBeUndefined();
});
