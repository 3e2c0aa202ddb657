import { defineConfig } from 'vitest/config'

/** vLLM itself, on the CPU: a large download, so it runs only by `npm run test:vllm`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/vllm/*.test.ts'],
    testTimeout: 30 * 60_000,
    hookTimeout: 30 * 60_000,
    maxWorkers: 1,
    globalSetup: ['./tests/global-setup.ts', './tests/vllm/setup.ts'],
    reporters: ['default', './tests/count-reporter.ts'],
  },
})
