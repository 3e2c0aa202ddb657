import { defineConfig } from 'vitest/config'

/** The API through programs of PyPI: a fuzzer, some minutes for each role, and the generated client; `npm run test:api`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/fuzz/*.test.ts'],
    testTimeout: 60 * 60_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    globalSetup: './tests/global-setup.ts',
    reporters: ['default', './tests/count-reporter.ts'],
  },
})
