import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../database/connect.ts'
import { finishExperiment } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { findTuning } from '../database/tunings.ts'
import { newDatabase, newTuning } from '../tests/database.ts'
import { newMeasurement } from '../tests/measurement.ts'
import { Insights } from './insights.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

async function experiment(id: string, number: number, parallel: number): Promise<void> {
  await planExperiment(db, id, number, () => ({
    kind: 'search',
    configuration: { parallel },
    reason: 'test',
  }))
  await finishExperiment(db, id, number, {
    status: 'measured',
    constraints: [],
    measurement: newMeasurement({ output_tokens_per_second: 20 * parallel, ttft_p99_ms: 10 * parallel }),
  })
}

test('a tuning tells what its experiments say, and says it anew when there is one more', async () => {
  const insights = new Insights(db)
  const id = await newTuning(db, { constraints: ['ttft_p99_ms <= 25'] })
  const read = async () => insights.of((await findTuning(db, id))!)
  await experiment(id, 0, 1)
  await experiment(id, 1, 2)
  expect(await read()).toBeNull()
  await experiment(id, 2, 4)
  const three = await read()
  expect(three).toMatchObject({ experiments: { measured: 3 }, limits: [{ constraint: 'ttft_p99_ms <= 25' }] })
  const effect = three?.parameters[0]?.effect ?? []
  expect(effect.at(-1)?.mean).toBeGreaterThan(effect[0]?.mean ?? 0)
  // At four streams the limit of 25 ms is broken.
  expect(three?.limits[0]?.relaxed.find(({ limit }) => limit === null)?.ratio).toBeGreaterThan(1.3)
  expect(await read()).toBe(three)
  await experiment(id, 3, 3)
  expect((await read())?.experiments.measured).toBe(4)
})
