import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real time is never waited for in tests, so a test that takes this long hangs.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // By default a machine of two cores would get one.
    maxWorkers: 2,
  },
});
