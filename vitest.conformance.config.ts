import { defineConfig } from 'vitest/config';

/**
 * Programs of every shape, built with every tool, on every supported version of Node.js (test/conformance/README.md);
 * applications that nobody here wrote (test/applications/README.md); and programs on which the product once went wrong
 * (test/cases/README.md).
 */
export default defineConfig({
  test: {
    include: ['test/conformance/*.test.ts', 'test/applications/*.test.ts', 'test/cases/*.test.ts'],
    globalSetup: ['test/conformance/setup.ts', 'test/applications/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    // What is found by one variant is what the next one is compared with.
    fileParallelism: !process.env.UPDATE,
  },
});
