import { execSync } from 'node:child_process';
import { it } from 'vitest';
import { question, startProvider } from '../support/gateway.ts';
import { deployedGateway, proxied, startLambda } from './lambda.ts';
it.each([1, 16])('rss with %i workers', async (workers) => {
  const gateway = deployedGateway();
  const provider = await startProvider({ behaviours: { '*': { text: 'x' } } });
  const { api, happenings } = await startLambda(gateway, {
    document: { providers: { p: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1`, keys: [] } }, virtualKeys: [{ id: 'k', key: 'fl-test-1234567890123456', providers: [{ provider: 'p', models: ['*'] }] }] },
    concurrency: { requests: 64, workers },
  });
  await happenings.until(() => happenings.count('next') === workers);
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: workers * 4 }, (_, i) => api.invoke(`r${round}-${i}`, proxied(`r${round}-${i}`, 'fl-test-1234567890123456', { model: 'p/m', messages: question })).end()));
  console.log('RSS', workers, execSync('ps -eo rss,args | grep "aws-lambda-ric/index.mjs" | grep -v grep').toString());
}, 100_000);
