import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RequestRecord } from '../../../lib/domain/decision-record.ts';
import { xrayTracer } from '../../../lib/telemetry/xray.ts';

const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const record: RequestRecord = {
  requestId: 'r',
  startedMs: 0,
  durationMs: 2,
  status: 200,
  attempts: [{ provider: 'a', model: 'm', outcome: 'transient', durationMs: 1 }],
};
const begun = [{ startedMs: 0, providerType: 'openai' as const }];

describe('the daemon', () => {
  it.each([
    ['127.0.0.1:PORT', 'udp4'],
    ['tcp:127.0.0.1:1 udp:127.0.0.1:PORT', 'udp4'],
    ['udp:127.0.0.1:PORT tcp:127.0.0.1:1', 'udp4'],
  ] as const)('at %s gets each span as one datagram', async (address, type) => {
    const daemon = createSocket(type).bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    onTestFinished(() => void daemon.close());
    const heard = once(daemon, 'message');
    const trace = xrayTracer({
      daemonAddress: address.replace('PORT', String(daemon.address().port)),
      random: () => 0,
    });
    await trace(header, record, begun);
    const [bytes] = await heard;
    expect(String(bytes)).toMatch(/^\{"format": "json", "version": 1\}\n\{"type":"subsegment",[^\n]*\}$/);
  });

  it('that is not there is not missed', async () => {
    const gone = createSocket('udp4').bind(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address();
    await new Promise<void>((closed) => gone.close(() => closed()));
    const trace = xrayTracer({ daemonAddress: `127.0.0.1:${port}`, random: () => 0 });
    await trace(header, record, begun);
    await trace(header, record, begun);
  });

  it.each(['', '127.0.0.1', 'tcp:127.0.0.1:2000', '127.0.0.1:port'])(
    'has no address "%s"',
    (daemonAddress) => {
      expect(() => xrayTracer({ daemonAddress, random: () => 0 })).toThrow(RangeError);
    },
  );
});
