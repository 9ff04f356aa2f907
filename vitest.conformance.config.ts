import { defineConfig } from 'vitest/config';

/** They end what hangs, on a machine that does other things too; no test measures it. */
const shared = { testTimeout: 300_000, hookTimeout: 300_000 };

/**
 * Programs of every shape, built with every tool, on every supported version of Node.js (test/conformance/README.md);
 * applications that nobody here wrote (test/applications/README.md); and programs on which the product once went wrong
 * (test/cases/README.md).
 */
export default defineConfig({
  test: {
    // More than the processors that machines of CI have: cases mostly wait.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...shared,
          name: 'conformance',
          include: ['test/conformance/*.test.ts', 'test/applications/*.test.ts'],
          globalSetup: ['test/conformance/setup.ts', 'test/applications/setup.ts'],
          // What is found by one variant is what the next one is compared with.
          fileParallelism: !process.env.UPDATE,
        },
      },
      {
        test: {
          ...shared,
          name: 'cases',
          include: ['test/cases/*.test.ts'],
          globalSetup: ['test/cases/setup.ts'],
          sequence: { groupOrder: process.env.UPDATE ? 1 : 0 },
        },
      },
    ],
  },
});
