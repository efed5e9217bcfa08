import { describe, expect, it, onTestFinished } from 'vitest';
import { type LocalRegions, type RegionsOptions, startRegions } from '../../functions/local/local-regions.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { question, startProvider, until } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ap, eu, regionNames, us } from '../support/regions.ts';
import { type ScriptedProvider } from '../support/scripted.ts';
import { whole } from './scene.ts';

/** Three gateways joined by the replicator: one document, three ports. */

const everyone = 'fl-everyone-0123456789';
const europe = 'fl-europe-0123456789';

const documentFor = (provider: ScriptedProvider, models: readonly string[] = ['m']): object => ({
  providers: {
    house: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1`, zones: ['eu'] },
  },
  virtualKeys: [
    { id: 'everyone', key: everyone, providers: [{ provider: 'house', models }] },
    { id: 'europe', key: europe, zones: ['eu'], providers: [{ provider: 'house', models }] },
  ],
});

interface Scene extends LocalRegions {
  readonly clock: ManualClock;
  readonly provider: ScriptedProvider;
  /** Status and error of a chat completion in a region. */
  ask(
    region: string,
    model?: string,
    key?: string,
  ): Promise<{ status: number; error: Record<string, unknown> }>;
  /** Replaces the document at home. */
  edit(document: object): Promise<void>;
  /** Lets so much time pass that every gateway reads its replica again before it serves. */
  forget(): Promise<void>;
}

async function stage(options: Partial<RegionsOptions> = {}): Promise<Scene> {
  const clock = new ManualClock();
  const provider = await startProvider();
  const regions = await startRegions({
    document: documentFor(provider),
    regions: regionNames,
    port: 0,
    readEnv: () => undefined,
    log: () => {},
    onFailure: (record) => {
      throw new Error(JSON.stringify(record));
    },
    clock,
    ...options,
  });
  onTestFinished(() => regions.close());
  const baseUrlOf = (region: string): string =>
    regions.gateways.find((gateway) => gateway.region === region)?.baseUrl ?? '';
  return {
    ...regions,
    clock,
    provider,
    ask: async (region, model = 'house/m', key = everyone) => {
      const { status, error } = await whole(
        fetch(`${baseUrlOf(region)}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({ model, messages: question }),
        }),
      );
      return { status, error };
    },
    edit: async (document) => {
      const parsed = parseDocument(document, {
        envSecrets: true,
        loopbackHttp: true,
        hashKey: hashVirtualKey,
      });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const client = regions.replication.client(us);
      const writer = new GovernanceWriter({ client, table: regions.tableNames.governance, clock });
      await writer.put(parsed.document, await writer.version());
      client.destroy();
    },
    forget: () => clock.advance(31_000),
  };
}

describe('three regions', () => {
  it('serve the document of the home region from the moment they are started, each under its name', async () => {
    const { gateways, ask, provider } = await stage({ replicationLag: 60_000 });
    expect(gateways.map(({ region }) => region)).toEqual([us, eu, ap]);
    expect(new Set(gateways.map(({ baseUrl }) => baseUrl)).size).toBe(3);
    for (const region of regionNames) expect((await ask(region)).status).toBe(200);
    expect(provider.requests).toHaveLength(3);
  });

  it('see an edit when it has reached them, and not before', async () => {
    const { ask, edit, forget, replication, provider } = await stage({ replicationLag: 60_000 });
    await edit(documentFor(provider, ['m', 'new']));
    await forget();
    expect((await ask(us, 'house/new')).status).toBe(200);
    const early = await ask(eu, 'house/new');
    expect([early.status, early.error['code']]).toEqual([403, 'model_not_allowed']);

    await replication.drain();
    await forget();
    for (const region of regionNames) expect((await ask(region, 'house/new')).status).toBe(200);
  });

  it('go on apart: a region cut off serves what it has, and catches up when the partition heals', async () => {
    const { ask, edit, forget, replication, provider } = await stage();
    const statuses = (model: string) =>
      Promise.all(regionNames.map(async (region) => (await ask(region, model)).status));
    replication.partition(eu);
    await edit(documentFor(provider, ['new']));
    await replication.drain();
    await forget();
    expect([await statuses('house/m'), await statuses('house/new')]).toEqual([
      [403, 200, 403],
      [200, 403, 200],
    ]);

    replication.heal();
    await replication.drain();
    await forget();
    expect([await statuses('house/m'), await statuses('house/new')]).toEqual([
      [403, 403, 403],
      [200, 200, 200],
    ]);
  });

  it('send a key that is bound to a zone to the gateway inside it', async () => {
    const { ask, gateways, provider } = await stage();
    const { status, error } = await ask(us, 'house/m', europe);
    expect([status, error['code'], error['message']]).toEqual([
      421,
      'residency_violation',
      `virtual key "europe" is bound to "eu", and region us-east-1 lies outside: use ${gateways[1]?.baseUrl}`,
    ]);
    expect(provider.requests).toEqual([]);
    expect((await ask(eu, 'house/m', europe)).status).toBe(200);
  });

  it('name their region in the log', async () => {
    const log: object[] = [];
    const { ask } = await stage({ log: (record) => void log.push(record) });
    await ask(ap);
    await until(() => log.length > 0);
    expect(log).toMatchObject([{ event: 'request', status: 200, region: ap }]);
  });

  it('end together, and leave their ports', async () => {
    const { gateways, close } = await stage();
    await gateways[1]?.close();
    await close();
    for (const { baseUrl } of gateways) await expect(fetch(baseUrl)).rejects.toThrow('fetch failed');
  });
});
