import { defineConfig } from 'vitest/config'
import { everyRun } from '../vitest-options.ts'

/** The API through a fuzzer, some minutes for each role: `npm run test:api`. */
export default defineConfig({
  test: {
    ...everyRun,
    include: ['tests/fuzz/*.test.ts'],
    testTimeout: 60 * 60_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
})
