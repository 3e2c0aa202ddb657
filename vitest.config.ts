import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.redline/**'],
    // Tests start real servers and engines on a machine that may have two cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    globalSetup: './tests/global-setup.ts',
    reporters: ['default', './tests/count-reporter.ts'],
  },
})
