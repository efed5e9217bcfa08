import { databaseClient, tableNames } from '../../functions/local/database.ts';
import { readyDocument, storeDocument } from '../../functions/local/governance.ts';
import { startRegionServer } from '../../functions/local/region-server.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { answerParent } from './ipc.ts';
import { workloadNames } from './workload.ts';

/** The deployed handler behind the local runner's API, with one provider: the bench's upstream. */
const region = 'local';
const readEnv = (name: string): string | undefined =>
  name === 'BENCH_PROVIDER_KEY' ? 'sk-bench' : undefined;
const ready = readyDocument(
  {
    decisionRecords: 'none',
    providers: {
      openai: {
        type: 'openai',
        baseUrl: `http://127.0.0.1:${process.env['BENCH_UPSTREAM_PORT']}/v1`,
        keys: [{ id: 'a', env: 'BENCH_PROVIDER_KEY' }],
      },
    },
    models: {
      add: workloadNames.map((name) => ({ model: `openai/${name}`, contextTokens: 131_072 })),
      prices: Object.fromEntries(
        workloadNames.map((name) => [`openai/${name}`, { inputPerMTok: 0.25, outputPerMTok: 2 }]),
      ),
    },
  },
  readEnv,
);
const client = databaseClient(region, Number(process.env['BENCH_DATABASE_PORT']));
await storeDocument({ client, tableNames }, ready, systemClock);
const { port } = await startRegionServer({
  region,
  regions: [region],
  database: { client, tableNames },
  dynamoOf: () => client,
  document: ready.source,
  zoneEndpoints: new Map(),
  port: 0,
  clock: systemClock,
  random: Math.random,
  readEnv,
  log: () => {},
  onFailure: (record) => process.stderr.write(`${JSON.stringify(record)}\n`),
});

answerParent({ address: () => ({ port, key: ready.key }) });
