import { defineConfig } from 'vitest/config'

/** The compose file brought up for real: it builds images, so it runs only by `npm run test:compose`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/compose/*.test.ts'],
    testTimeout: 10 * 60_000,
    hookTimeout: 30 * 60_000,
    maxWorkers: 1,
    globalSetup: ['./tests/global-setup.ts'],
    reporters: ['default', './tests/count-reporter.ts'],
  },
})
