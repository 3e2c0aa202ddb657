import { defineConfig } from 'vitest/config'
import { everyRun } from '../vitest-options.ts'

/** vLLM itself, on the CPU: a large download, so it runs only by `npm run test:vllm`. */
export default defineConfig({
  test: {
    ...everyRun,
    include: ['tests/vllm/*.test.ts'],
    testTimeout: 30 * 60_000,
    hookTimeout: 30 * 60_000,
    maxWorkers: 1,
    globalSetup: [...everyRun.globalSetup, './tests/vllm/setup.ts'],
  },
})
