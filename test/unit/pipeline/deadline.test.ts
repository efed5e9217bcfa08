import { describe, expect, it } from 'vitest';
import { isOver, scene, take } from './scene.ts';

/** So long that only the deadline can end a request. */
const patient = { settings: { firstContentTimeoutMs: 840_000, hedgeAfterMs: 600_000 } };

describe('the deadline of a whole answer', () => {
  it.each([
    { remainingMs: 900_000, deadlineMs: 840_000, limitMs: 290_000, because: 'API Gateway hangs up at 300 s' },
    { remainingMs: 100_000, deadlineMs: 840_000, limitMs: 70_000, because: '30 s are kept for settling' },
    { remainingMs: 900_000, deadlineMs: 5_000, limitMs: 5_000, because: 'the document says so' },
  ])('$limitMs ms: $because', async ({ remainingMs, deadlineMs, limitMs }) => {
    const { clock, transport, chat } = await scene({
      settings: { settings: { ...patient.settings, deadlineMs } },
      first: [{ never: true }],
    });
    const answering = chat({}, { remainingMs });
    await clock.advance(limitMs - 1);
    expect(await isOver(answering)).toBe(false);
    await clock.advance(1);
    const response = await answering;
    expect(response.status).toBe(504);
    expect(response.headers['x-should-retry']).toBe('false');
    expect(take(response).text).toContain('ask for a stream instead');
    await response.settled;
    expect(transport.open).toBe(0);
  });

  it.each([30_000, 1_000, 0])(
    'has passed with %i ms left to the invocation: nobody is asked',
    async (remainingMs) => {
      const { clock, asked, chat } = await scene({ first: [{ never: true }] });
      const answering = chat({}, { remainingMs });
      await clock.advance(0);
      expect((await answering).status).toBe(504);
      expect(asked()).toEqual([]);
    },
  );
});

describe('the deadline of a stream', () => {
  it.each([
    { remainingMs: 900_000, deadlineMs: 840_000, limitMs: 840_000 },
    { remainingMs: 600_000, deadlineMs: 840_000, limitMs: 570_000 },
  ])(
    'lies at $limitMs ms, and is one error event after keep-alives',
    async ({ remainingMs, deadlineMs, limitMs }) => {
      const { clock, transport, log, chat } = await scene({
        settings: { settings: { ...patient.settings, deadlineMs } },
        first: [{ never: true }],
      });
      const answering = chat({ stream: true }, { remainingMs });
      await clock.advance(14_999);
      expect(await isOver(answering)).toBe(false);
      await clock.advance(1);
      const response = await answering;
      expect(response.status).toBe(200);
      const reader = take(response);
      await clock.advance(limitMs - 15_001);
      expect(reader.state).toBe('open');
      expect(reader.text).not.toContain('error');
      await clock.advance(1);
      expect(reader.state).toBe('ended');
      expect(reader.text.match(/deadline_exceeded/g)).toHaveLength(1);
      await response.settled;
      expect(transport.open).toBe(0);
      expect(log.at(-1)).toMatchObject({ status: 200, error_code: 'deadline_exceeded' });
    },
  );
});
