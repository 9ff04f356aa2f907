import { defineConfig } from 'vitest/config';

/** Unit and integration tests: everything that needs no cluster (the API server is real, the kubelet is not there). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
