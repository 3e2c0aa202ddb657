import { expect, test } from 'vitest'
import { Workload } from '../domain/workload.ts'
import { workloadOf } from './openai.ts'

const workload = Workload.parse({
  prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } },
  load: { rate: 2, arrivals: 'constant' },
})
const engine = { kind: 'openai' as const, model: 'm', args: {}, env: {} }

test('the configuration of an endpoint is its load', () => {
  expect(workloadOf({ engine, workload }, { concurrency: 8 }).load).toEqual({ concurrency: 8 })
  expect(workloadOf({ engine, workload }, { rate: 4.5 }).load).toEqual({ rate: 4.5, arrivals: 'constant' })
  expect(workloadOf({ engine: { ...engine, args: { rate: 3 } }, workload }, {}).load).toMatchObject({
    rate: 3,
  })
  expect(workloadOf({ engine, workload }, {})).toBe(workload)
})

test('no parameter of another engine changes the load', () => {
  expect(workloadOf({ engine: { ...engine, kind: 'vllm' }, workload }, { concurrency: 8 })).toBe(workload)
})
