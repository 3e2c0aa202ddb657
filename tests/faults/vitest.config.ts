import { defineConfig } from 'vitest/config'
import { everyRun } from '../vitest-options.ts'

export default defineConfig({
  test: {
    ...everyRun,
    include: ['tests/faults/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
})
