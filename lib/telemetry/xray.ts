import { createSocket } from 'node:dgram';
import type { RequestRecord } from '../domain/decision-record.ts';
import type { Random } from '../domain/ports.ts';
import { readTraceHeader, spansOf, type BegunAttempt } from './attempt-spans.ts';

export interface XrayOptions {
  /** `host:port`, or `tcp:host:port udp:host:port` (AWS_XRAY_DAEMON_ADDRESS). */
  readonly daemonAddress: string;
  readonly random: Random;
}

/** Tells of a request that is over. Never rejects: a trace is worth no request. */
export type Tracer = (header: string, record: RequestRecord, begun: readonly BegunAttempt[]) => Promise<void>;

/** What the daemon expects before every document (docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html). */
const daemonHeader = '{"format": "json", "version": 1}\n';

/**
 * Sends the attempts of traced requests to the X-Ray daemon Lambda runs beside a function: one datagram each, so that
 * nothing is waited for but the socket.
 *
 * @throws RangeError when the address is none
 */
export function xrayTracer({ daemonAddress, random }: XrayOptions): Tracer {
  const { host, port } = readAddress(daemonAddress);
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').unref();
  // An error nobody hears would end the process.
  socket.on('error', () => undefined);
  const send = (document: object): Promise<void> =>
    new Promise((resolve) => {
      socket.send(daemonHeader + JSON.stringify(document), port, host, () => resolve());
    });
  return async (header, record, begun) => {
    const parent = readTraceHeader(header);
    if (parent === undefined) return;
    await Promise.all(spansOf(record, begun, parent, random).map(send));
  };
}

function readAddress(address: string): { readonly host: string; readonly port: number } {
  const udp = address.split(' ').find((each) => !each.startsWith('tcp:')) ?? '';
  const [, host, port] = /^(?:udp:)?\[?([^\]]+?)\]?:(\d{1,5})$/.exec(udp) ?? [];
  if (host === undefined || port === undefined) {
    throw new RangeError(`the address of the X-Ray daemon must be host:port, not "${address}"`);
  }
  return { host, port: Number(port) };
}
