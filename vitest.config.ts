import { defineConfig } from 'vitest/config'

const exclude = ['node_modules/**', '.redline/**']

export default defineConfig({
  test: {
    // Tests start real servers and engines on a machine that may have two cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    globalSetup: './tests/global-setup.ts',
    reporters: ['default', './tests/count-reporter.ts'],
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
          include: ['tests/**/*.test.ts'],
          exclude: [...exclude, 'tests/vllm/**'],
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
