import { expect, test } from 'vitest'
import { finishExperiment, listExperiments } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { findTuning } from '../database/tunings.ts'
import { checkConstraints } from '../domain/constraint.ts'
import type { ExperimentResult } from '../domain/experiment.ts'
import type { Metrics } from '../domain/metric.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Report } from '../domain/report.ts'
import { newDatabase, newTuning } from '../tests/database.ts'
import { newMeasurement } from '../tests/measurement.ts'
import { makeReport } from './report.ts'

const LIMIT = 'ttft_p90_ms <= 100'
const BASELINE: Metrics = { output_tokens_per_second: 40, ttft_p90_ms: 50 }
const BEST: Metrics = { output_tokens_per_second: 60, ttft_p90_ms: 50 }

const measured = (metrics: Metrics): ExperimentResult => ({
  status: 'measured',
  constraints: checkConstraints([LIMIT], metrics),
  measurement: newMeasurement(metrics),
})

interface Story {
  runsOfBaseline?: ExperimentResult
  spec?: object
  defaults?: Configuration
}

/** The report of a tuning whose best came to this in each block of its confirmation. */
async function reportOf(
  runsOfBest: ExperimentResult[],
  { runsOfBaseline = measured(BASELINE), spec = {}, defaults = {} }: Story = {},
): Promise<Report> {
  const { db } = await newDatabase()
  const id = await newTuning(db, { constraints: [LIMIT], ...spec })
  const run = async (plan: object, result: ExperimentResult) => {
    const { length: number } = await listExperiments(db, id)
    await planExperiment(db, id, number, () => ({
      ...{ kind: 'search', configuration: {}, reason: '', role: null, pair: null },
      ...plan,
    }))
    await finishExperiment(db, id, number, result)
  }
  const best = { configuration: { parallel: 4 } }
  await run({ kind: 'baseline' }, runsOfBaseline)
  await run(best, runsOfBest[0] ?? measured(BEST))
  for (const [pair, result] of runsOfBest.entries()) {
    const confirmation = { kind: 'confirmation', pair, confirms: 1 }
    await run({ ...confirmation, role: 'baseline' }, runsOfBaseline)
    await run({ ...confirmation, ...best, role: 'best' }, result)
  }
  const tuning = await findTuning(db, id)
  if (tuning === null) throw new Error('no tuning')
  const experiments = await listExperiments(db, id)
  await db.destroy()
  return makeReport(tuning, experiments, { stop: null, insight: null, defaults, now: new Date() })
}

test('a run of the confirmation whose latency is beyond telling is the worst of all, and breaks the limit', async () => {
  const report = await reportOf([
    measured(BEST),
    measured({ output_tokens_per_second: 60 }),
    measured({ ...BEST, ttft_p90_ms: 70 }),
  ])
  expect(report.constraintsInConfirmation).toEqual([{ constraint: LIMIT, held: 2, runs: 3, worst: null }])
  expect(report.constraintsHold).toBe(false)
  expect(report.headline).toContain('better than the baseline')
  expect(report.headline).toContain('It broke a limit in 1 of 3 runs of the confirmation')
})

test('a run of the confirmation that failed is told as a failure, and its pair with it', async () => {
  const diagnosis = plainDiagnosis('out_of_memory_under_load', 'Memory ran out under load', '')
  const report = await reportOf([
    measured(BEST),
    { status: 'failed', diagnosis },
    measured({ ttft_p90_ms: 200 }),
    measured(BEST),
  ])
  expect(report.headline).toContain('It failed in 1 and broke a limit in 1 of 4 runs of the confirmation')
  expect(report.gain?.pairs).toBe(2)
  expect(report.confirmation.map(({ missing }) => missing)).toEqual([
    null,
    'best failed: Memory ran out under load',
    'best has no output tokens/s',
    null,
  ])
})

test('a baseline that breaks the SLO is not kept, however fast it is', async () => {
  const slower = measured({ output_tokens_per_second: 35, ttft_p90_ms: 50 })
  const report = await reportOf([slower, slower, slower], {
    runsOfBaseline: measured({ output_tokens_per_second: 40, ttft_p90_ms: 500 }),
  })
  expect(report.verdict).toBe('only_feasible')
  expect(report.headline).toContain(
    'Experiment 1 held in every run; the baseline broke a limit in 4 of 4 runs: −13 % output tokens/s',
  )
})

test('a baseline that does not run is told as that', async () => {
  const failed: ExperimentResult = { status: 'failed', diagnosis: plainDiagnosis('crash', 'It crashed', '') }
  const report = await reportOf([measured(BEST), measured(BEST)], { runsOfBaseline: failed })
  expect(report.headline).toBe('Experiment 1 held in every run; the baseline failed in 3 of 3 runs')
})

test('a pair with a run that reached nothing is not left out of the verdict', async () => {
  const at = (tokens: number) => measured({ output_tokens_per_second: tokens, ttft_p90_ms: 50 })
  const once = await reportOf([at(60), at(0), at(60)])
  expect(once).toMatchObject({ verdict: 'not_settled', gain: null })
  expect(once.headline).toContain('output tokens/s 60.0, 0, 60.0 against 40.0, 40.0, 40.0')
  const always = await reportOf([at(60), at(61), at(60)], { runsOfBaseline: at(0) })
  expect(always.verdict).toBe('better')
})

test('the headline says by how much the latency changed, not by how much better it is', async () => {
  const report = await reportOf([measured(BEST), measured(BEST), measured({ ...BEST, ttft_p90_ms: 25.5 })], {
    spec: { objective: { minimize: 'ttft_p90_ms' } },
    runsOfBaseline: measured({ ...BASELINE, ttft_p90_ms: 100 }),
  })
  expect(report.headline).toMatch(/−6\d % TTFT p90, 95 % interval \[−\d\d %, /)
})

test('a parameter set to the default of the engine is no change', async () => {
  const report = await reportOf([measured(BEST), measured(BEST)], { defaults: { parallel: 4 } })
  expect(report.changes).toEqual([])
})

test('a tuning that measured nothing says why', async () => {
  const diagnosis = plainDiagnosis('out_of_memory', 'The engine ran out of memory', '')
  const failed: ExperimentResult = { status: 'failed', diagnosis }
  const report = await reportOf([failed], { runsOfBaseline: failed })
  expect(report.headline).toBe('Nothing could be measured: The engine ran out of memory')
  const without = measured({ ttft_p90_ms: 50 })
  const silent = await reportOf([without], { runsOfBaseline: without })
  expect(silent.headline).toBe('Nothing could be measured: no run has a value of output tokens/s')
})
