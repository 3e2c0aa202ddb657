import { expect, test } from 'vitest'
import type { PlannedExperiment } from '../database/plans.ts'
import { createSearchThread } from '../search/thread/search-thread.ts'
import { newSpec } from '../tests/database.ts'
import { makePlan, type PlanRequest } from './plan.ts'

const search = createSearchThread()
const experiment = (number: number, change: Partial<PlannedExperiment>): PlannedExperiment => ({
  number,
  kind: 'search',
  configuration: { parallel: number + 1 },
  reason: '',
  ...{ role: null, pair: null, confirms: null, replaces: null, hurdle: 40 },
  ...{ state: 'completed', stage: 'done', excluded: false, objective: 100, feasible: true, durationS: 9 },
  outcome: {
    failure: null,
    metrics: { output_tokens_per_second: 100 },
    clientLimited: false,
    cutShort: null,
  },
  ...change,
})
const history = [experiment(0, { kind: 'baseline', configuration: {} })]

async function hurdle(wanted: PlanRequest, spec: object = {}, known = history): Promise<number | null> {
  const made = await makePlan(newSpec(spec), known, wanted, search, async () => [])
  if (made === null || 'expectedGain' in made) throw new Error('nothing was planned')
  return made.hurdle ?? null
}

test('only what the search tries may be cut short, once there is something to hold it against', async () => {
  expect(await hurdle({ kind: 'search' })).toBeCloseTo(95)
  expect(
    await hurdle({ kind: 'search' }, {}, [experiment(0, { kind: 'baseline', feasible: false })]),
  ).toBeNull()
  expect(await hurdle({ kind: 'baseline' })).toBeNull()
  expect(await hurdle({ kind: 'manual', configuration: { parallel: 3 }, by: 'me' })).toBeNull()
  expect(
    await hurdle({ kind: 'confirmation' }, {}, [...history, experiment(1, { objective: 120 })]),
  ).toBeNull()
})

test('what was stopped is held against the same again, what somebody asks for again is measured to the end', async () => {
  const known = [...history, experiment(1, {})]
  expect(await hurdle({ kind: 'again', of: 1, replaces: false, by: 'redline' }, {}, known)).toBe(40)
  expect(await hurdle({ kind: 'again', of: 1, replaces: true, by: 'me' }, {}, known)).toBeNull()
})

test.each([
  [{ budget: { cutShort: false } }],
  [{ objective: [{ maximize: 'output_tokens_per_second' }, { minimize: 'tpot_p99_ms' }] }],
  [
    {
      workload: {
        prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } },
        load: { ramp: { from: 1, to: 9 } },
      },
    },
  ],
])('nothing is cut short with %j', async (spec) => {
  expect(await hurdle({ kind: 'search' }, spec)).toBeNull()
})
