import { defineConfig } from 'vitest/config'
import { everyRun } from '../vitest-options.ts'

/** The compose file brought up for real: it builds images, so it runs only by `npm run test:compose`. */
export default defineConfig({
  test: {
    ...everyRun,
    include: ['tests/compose/*.test.ts'],
    testTimeout: 10 * 60_000,
    hookTimeout: 30 * 60_000,
    maxWorkers: 1,
  },
})
