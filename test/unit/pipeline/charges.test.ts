import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../../lib/accounting/estimate.ts';
import { ask, finishes, prompt, says, scene, take, whole } from './scene.ts';

/** 1,000 tokens in at 2 USD a million, 200 out at 10. */
const costMicroUsd = 4_000;

const lastOf = <T>(lines: readonly T[]): T | undefined => lines.at(-1);

describe('what an answer cost', () => {
  it('stands in the header of a whole answer and in the log', async () => {
    const { clock, log, chat } = await scene({ first: [whole()] });
    const answering = chat();
    await clock.advance(0);
    const response = await answering;
    await response.settled;
    expect(response.headers['x-fairlead-cost-usd']).toBe('0.004000');
    expect(lastOf(log)).toMatchObject({
      cost_micro_usd: costMicroUsd,
      input_tokens: 1_000,
      output_tokens: 200,
    });
  });

  it('stands in neither where the price is unknown: unknown is not free', async () => {
    const { clock, log, chat } = await scene({ first: [whole('hello', 'unheard-of')] });
    const answering = chat({ model: 'first/unheard-of' });
    await clock.advance(0);
    const response = await answering;
    await response.settled;
    expect(response.headers).not.toHaveProperty('x-fairlead-cost-usd');
    expect(lastOf(log)).toMatchObject({ input_tokens: 1_000 });
    expect(lastOf(log)).not.toHaveProperty('cost_micro_usd');
  });

  it('is the provider-reported usage of a stream, and its header does not wait for it', async () => {
    const { clock, log, chat } = await scene({ first: [{ body: [says('hi'), ...finishes] }] });
    const answering = chat({ stream: true });
    await clock.advance(0);
    const response = await answering;
    take(response);
    await clock.advance(0);
    await response.settled;
    expect(response.headers).not.toHaveProperty('x-fairlead-cost-usd');
    expect(lastOf(log)).toMatchObject({ cost_micro_usd: costMicroUsd });
    expect(lastOf(log)).not.toHaveProperty('usage_estimated');
  });

  it('is estimated for a stream cut before its usage: what went in, and what was seen', async () => {
    const shown = 'x'.repeat(4_000);
    const { clock, log, chat } = await scene({ first: [{ body: [says(shown), { cut: true }] }] });
    const answering = chat({ stream: true });
    await clock.advance(0);
    const response = await answering;
    take(response);
    await clock.advance(0);
    await response.settled;
    const body = { model: 'first/priced', messages: [{ role: 'user', content: prompt }], stream: true };
    const inputTokens = estimateTokens(JSON.stringify(body));
    expect(lastOf(log)).toMatchObject({
      usage_estimated: true,
      input_tokens: inputTokens,
      output_tokens: 1_000,
      cost_micro_usd: inputTokens * 2 + 10_000,
    });
  });

  it('is nothing where nobody answered', async () => {
    const { clock, log, chat } = await scene({ first: [{ status: 400, body: [{ end: true }] }] });
    const answering = chat();
    await clock.advance(0);
    await (
      await answering
    ).settled;
    expect(lastOf(log)).not.toHaveProperty('cost_micro_usd');
  });

  it.each([false, true])('costs nobody the answer when it cannot be told (stream: %s)', async (stream) => {
    const first = stream ? [{ body: [says('hello'), ...finishes] }] : [whole()];
    const { gateway, clock, log } = await scene({ first });
    let looks = 0;
    const catalog = await gateway.catalog();
    // Found for the decision, broken for the price.
    const broken = {
      ...gateway,
      catalog: () => {
        looks += 1;
        if (looks > 1) throw new RangeError(`"${prompt}" has no price`);
        return catalog;
      },
    };
    const answering = ask(broken, { model: 'first/unheard-of', stream });
    await clock.advance(0);
    const response = await answering;
    const reader = take(response);
    await clock.advance(0);
    await response.settled;
    expect(response.status).toBe(200);
    expect(reader.text).toContain('hello');
    const [defect, record] = log.slice(-2);
    expect(defect).toMatchObject({ event: 'internal_error', request_id: 'request-1', error: 'RangeError' });
    expect(record).toMatchObject({ event: 'request', status: 200, provider: 'first' });
    expect(JSON.stringify(log)).not.toContain(prompt);
  });
});
