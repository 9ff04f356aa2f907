import { defineConfig } from 'vitest/config';

/** End-to-end tests on the real cluster that KUBECONFIG names; one at a time, in the order of their files. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/install.ts'],
    setupFiles: ['test/e2e/leave.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    sequence: { concurrent: false },
  },
});
