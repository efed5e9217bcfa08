import { defineConfig } from 'vitest/config';

/** Real time is never waited for in tests, so a test that takes this long hangs. */
const limits = { testTimeout: 20_000, hookTimeout: 30_000 };

const infra = 'test/infra/**/*.test.ts';

export default defineConfig({
  test: {
    // By default a machine of two cores would get one.
    maxWorkers: 2,
    projects: [
      // The CDK is loaded once a worker, not once a file: that is three quarters of what these tests take.
      { test: { ...limits, name: 'infra', include: [infra], isolate: false } },
      {
        test: {
          ...limits,
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: [infra, '**/node_modules/**'],
        },
      },
    ],
  },
});
