import { defineConfig } from 'vitest/config';

/** Real time is never waited for in tests, so a test that takes this long hangs. */
const limits = { testTimeout: 20_000, hookTimeout: 30_000 };

/** Modules are loaded once a worker, not once a file, which is most of what these tests take: values in, values out. */
const sharing = ['infra', 'unit', 'contract'].map((each) => `test/${each}/**/*.test.ts`);

/** They replace modules, or ask what is loaded when, and so need a process in which nothing is. */
const alone = [
  'test/unit/dialects/index.test.ts',
  'test/unit/functions/gateway/create-handler.test.ts',
  'test/unit/functions/gateway/lambda-environment.test.ts',
  'test/unit/policy/rules/load.test.ts',
  'test/unit/telemetry/print-line.test.ts',
];

export default defineConfig({
  test: {
    // By default a machine of two cores would get one.
    maxWorkers: 2,
    projects: [
      { test: { ...limits, name: 'sharing', include: sharing, exclude: alone, isolate: false } },
      {
        test: {
          ...limits,
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...sharing, '**/node_modules/**'],
        },
      },
      { test: { ...limits, name: 'alone', include: alone } },
    ],
  },
});
