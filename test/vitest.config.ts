import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Real time is never waited for in tests, so a test that takes this long hangs. */
const limits = { testTimeout: 20_000, hookTimeout: 30_000 };

/** They load the CDK. */
const infra = ['test/infra/**/*.test.ts', 'test/runtime-api/*.test.ts'];

/**
 * What these replace (modules, methods of the SDK's clients, the environment) or ask of (what is loaded when) would outlive
 * the file, so each has a process of its own. All others share a worker's modules: loading them anew, and running them
 * cold, is half of what the tests take.
 */
const alone = globSync('test/**/*.test.ts', { exclude: ['**/node_modules/**', ...infra] }).filter((file) =>
  /mockClient|vi\.(?:mock|doMock|stub|spyOn|resetModules)|^\/\/ Alone:/m.test(readFileSync(file, 'utf8')),
);

export default defineConfig({
  test: {
    // By default a machine of two cores would get one.
    maxWorkers: 2,
    projects: [
      { test: { ...limits, name: 'infra', include: infra, isolate: false } },
      {
        test: {
          ...limits,
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [...infra, '**/node_modules/**', ...alone],
          isolate: false,
        },
      },
      { test: { ...limits, name: 'alone', include: alone } },
    ],
  },
});
