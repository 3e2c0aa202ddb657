import { expect, test } from 'vitest'
import { finishExperiment, listExperiments } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { findTuning } from '../database/tunings.ts'
import { checkConstraints } from '../domain/constraint.ts'
import { newDatabase, newTuning } from '../tests/database.ts'
import { newMeasurement } from '../tests/measurement.ts'
import { makeReport } from './report.ts'

const LIMIT = 'ttft_p90_ms <= 100'

test('a run of the confirmation whose latency is beyond telling is the worst of all, and breaks the limit', async () => {
  const { db } = await newDatabase()
  const id = await newTuning(db, { constraints: [LIMIT] })
  const run = async (plan: object, tokens: number, ttft: number | null) => {
    const { length: number } = await listExperiments(db, id)
    await planExperiment(db, id, number, () => ({
      ...{ kind: 'search', configuration: {}, reason: '', role: null, pair: null },
      ...plan,
    }))
    const metrics = { output_tokens_per_second: tokens, ...(ttft === null ? {} : { ttft_p90_ms: ttft }) }
    const constraints = checkConstraints([LIMIT], metrics)
    await finishExperiment(db, id, number, {
      status: 'measured',
      constraints,
      measurement: newMeasurement(metrics),
    })
  }
  const best = { configuration: { parallel: 4 } }
  await run({ kind: 'baseline' }, 40, 50)
  await run(best, 60, 50)
  for (const [pair, ttft] of [50, null, 70].entries()) {
    const confirmation = { kind: 'confirmation', pair, confirms: 1 }
    await run({ ...confirmation, role: 'baseline' }, 40, 50)
    await run({ ...confirmation, ...best, role: 'best' }, 60, ttft)
  }
  const tuning = await findTuning(db, id)
  if (tuning === null) throw new Error('no tuning')
  const report = makeReport(tuning, await listExperiments(db, id), {
    ...{ stop: null, insight: null },
    now: new Date(),
  })
  expect(report.constraintsInConfirmation).toEqual([{ constraint: LIMIT, held: 2, runs: 3, worst: null }])
  expect(report.constraintsHold).toBe(false)
  expect(report.headline).toContain('better than the baseline')
  expect(report.headline).toContain('It broke a limit in 1 of 3 runs of the confirmation')
  await db.destroy()
})
