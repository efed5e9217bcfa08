import { expect, onTestFinished } from 'vitest';
import { startApiGateway } from '../../functions/local/api-gateway.ts';
import { startDatabase } from '../../functions/local/database.ts';
import { installAwsLambda, type StreamingHandler } from '../../functions/local/lambda-shim.ts';
import { createGateway } from '../../functions/gateway/gateway.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { zonesOfRegion } from '../../lib/policy/zones.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { expectNothingTold } from '../support/gateway.ts';
import { oneSite } from '../support/one-site.ts';

export interface Deployed {
  readonly baseUrl: string;
  /** What happened, in order: lines of the log by their event, and the end of each invocation. */
  readonly events: readonly string[];
  readonly log: readonly object[];
}

/** The deployed handler with what only a deployment has: an endpoint for each zone, and invocations that can be seen to end. */
export async function startDeployed(options: {
  readonly document: object;
  readonly region: string;
  readonly zoneEndpoints?: ReadonlyMap<string, string>;
  readonly clock?: Clock;
}): Promise<Deployed> {
  const { region, clock = systemClock, zoneEndpoints = new Map<string, string>() } = options;
  const rules = { envSecrets: true, loopbackHttp: true, hashKey: hashVirtualKey };
  const parsed = parseDocument(options.document, rules);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const database = await startDatabase(region);
  const { client: dynamo, tableNames } = database;
  const writer = new GovernanceWriter({ client: dynamo, table: tableNames.governance, clock });
  await writer.put(parsed.document, await writer.version());

  const events: string[] = [];
  const lines: object[] = [];
  const log = (line: object): void => {
    lines.push(line);
    events.push('event' in line ? String(line.event) : '');
  };
  installAwsLambda();
  const { createHandler } = await import('../../functions/gateway/create-handler.ts');
  const gateway = createGateway({
    region,
    clock,
    random: () => 0.5,
    dynamo,
    ...oneSite(region, dynamo),
    log,
    tableNames,
    zones: zonesOfRegion(region),
    zoneEndpoints,
  });
  const inner = createHandler(gateway);
  const handler: StreamingHandler = async (event, stream, context) => {
    stream.once('finish', () => events.push('last byte'));
    await inner(event, stream, context);
    events.push('invocation ends');
  };
  const failures: unknown[] = [];
  const server = await startApiGateway({
    handler,
    region,
    clock,
    port: 0,
    onFailure: (_requestId, error) => void failures.push(error),
  });
  onTestFinished(async () => {
    await server.close();
    await database.close();
    expectNothingTold(lines, []);
    expect(failures).toEqual([]);
  });
  return { baseUrl: `http://127.0.0.1:${server.port}`, events, log: lines };
}
