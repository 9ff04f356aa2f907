import { defineConfig } from 'vitest/config';

/** Programs of every shape, built with every tool, on every supported version of Node.js; see test/conformance/README.md. */
export default defineConfig({
  test: {
    include: ['test/conformance/*.test.ts'],
    globalSetup: ['test/conformance/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    // What is found by one variant is what the next one is compared with.
    fileParallelism: process.env.UPDATE === undefined,
  },
});
