import { defineConfig } from 'vitest/config';

/** They end what hangs, on a machine that does other things too; no test measures it. */
const shared = { testTimeout: 120_000, hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } };

/** Unit and integration tests: everything that needs no cluster (the API server is real, the kubelet is not there). */
export default defineConfig({
  test: {
    // More than the processors that machines of CI have: integration tests mostly wait.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/applications/**',
            'test/cases/**',
            'test/conformance/**',
            'test/integration/**',
            'test/e2e/**',
            'node_modules/**',
          ],
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts'],
        },
      },
    ],
  },
});
