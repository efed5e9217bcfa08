import { describe, expect, it } from 'vitest';
import { type GatewayOptions, readChatStream, startGateway, startProvider, WatchedClock } from '../support/gateway.ts';
import { receive, type ScriptedProvider, type Step } from '../support/scripted.ts';

const good: Step = { text: 'Herons stand still.' };

interface Scene {
  readonly clock: WatchedClock;
  readonly gateway: Awaited<ReturnType<typeof startGateway>>;
  readonly first: ScriptedProvider;
  readonly second: ScriptedProvider;
}

async function scene(steps: readonly Step[], options: Partial<GatewayOptions> = {}): Promise<Scene> {
  const clock = new WatchedClock();
  const [first, second] = await Promise.all([
    startProvider({ clock, behaviours: { '*': good } }),
    startProvider({ clock, behaviours: { '*': good } }),
  ]);
  first.script(() => true, steps);
  const gateway = await startGateway({
    clock,
    providers: {
      first: { type: 'openai-compatible', baseUrl: `${first.baseUrl}/v1` },
      second: { type: 'openai-compatible', baseUrl: `${second.baseUrl}/v1` },
    },
    ...options,
  });
  return { clock, gateway, first, second };
}

const spacing = (provider: ScriptedProvider): readonly number[] =>
  provider.requests.map((request) => request.receivedAtMs - 1_000_000);

describe('x', () => {
  it('retries', async () => {
    const { clock, gateway, first, second } = await scene([{ status: 503 }, { status: 503 }, { status: 503 }]);
    const asking = gateway.chat({ model: 'm' });
    await clock.pass(150);
    await clock.pass(300);
    const response = await asking;
    expect(response.status).toBe(200);
    expect(spacing(first)).toEqual([0, 150, 450]);
    expect(spacing(second)).toEqual([450]);
    expect((await gateway.records(1))[0]).toMatchObject({ status: 200 });
    await clock.idle();
  });
  it('streams', async () => {
    const { clock, gateway, first, second } = await scene([{ fault: { kind: 'cut', after: 0 } }]);
    const response = await receive(await gateway.chat({ model: 'm', stream: true }));
    expect(readChatStream(response.text)).toMatchObject({ text: 'Herons stand still.', finish: 'stop', done: 1, errors: [] });
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    await clock.idle();
  });
});
