import { beforeAll, expect, test } from 'vitest'
import { finishExperiment, saveConditions } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { newTuning } from '../tests/database.ts'
import { newMeasurement } from '../tests/measurement.ts'
import { startApi } from '../tests/api.ts'

let api: Awaited<ReturnType<typeof startApi>>
beforeAll(async () => {
  api = await startApi('127.0.0.1')
})

test('why there is nothing to deploy is told: nothing is measured, or nothing is a server', async () => {
  const id = await newTuning(api.db, { engine: { kind: 'command', model: 'm', command: ['./x'] } })
  const detail = async () => {
    const response = await api.send('GET', `/tunings/${id}/best?format=compose`)
    return [response.status, ((await response.json()) as { detail: string }).detail]
  }
  expect(await detail()).toEqual([409, 'nothing that meets every limit has been measured yet'])
  await planExperiment(api.db, id, 0, () => ({ kind: 'baseline', configuration: {}, reason: 'test' }))
  await saveConditions(api.db, id, 0, {
    ...{ host: 'a', devices: [], engineVersion: null, model: 'm', command: ['./x'], attempts: 1 },
  })
  await finishExperiment(api.db, id, 0, {
    status: 'measured',
    constraints: [],
    measurement: newMeasurement({ output_tokens_per_second: 20 }),
  })
  expect(await detail()).toEqual([
    409,
    'Program of yours: Redline starts no server of it, so that there is none to deploy',
  ])
  expect((await api.send('GET', `/tunings/${id}/best?format=command`)).status).toBe(200)
})
