import { defineConfig } from 'vitest/config'

/** A fuzzer over the whole API, some minutes for each role: it runs by `npm run test:api`. */
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
