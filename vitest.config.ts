import { defineConfig } from 'vitest/config'
import { everyRun } from './tests/vitest-options.ts'

const exclude = ['node_modules/**', '.redline/**']

export default defineConfig({
  test: {
    ...everyRun,
    // Tests start real servers and engines on a machine that may have two cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['**/*.test.ts'],
          exclude: [...exclude, 'tests/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // Each starts a whole service with an engine that wants every core: one after the other.
        test: {
          name: 'whole',
          include: ['tests/*.test.ts'],
          exclude,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
