import { startLocal } from '../../functions/local/local-gateway.ts';
import { answerParent } from './ipc.ts';
import { workloadNames } from './workload.ts';

/** The local runner as `npm start` runs it, with one provider: the bench's upstream. */
const gateway = await startLocal({
  document: {
    // The database is embedded: on AWS a record costs a call after the last byte, here it would cost all the CPU.
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
  region: 'local',
  port: 0,
  readEnv: (name) => (name === 'BENCH_PROVIDER_KEY' ? 'sk-bench' : undefined),
  log: () => {},
  onFailure: (record) => process.stderr.write(`${JSON.stringify(record)}\n`),
});

answerParent({ address: () => ({ port: Number(new URL(gateway.baseUrl).port), key: gateway.key }) });
