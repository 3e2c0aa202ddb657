import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Diagnosis } from '../domain/diagnosis.ts'
import type { ExperimentResult } from '../domain/experiment.ts'
import { eventsOf, newDatabase, newTuning } from '../tests/database.ts'
import { newMeasurement } from '../tests/measurement.ts'
import type { Database } from './connect.ts'
import { listBriefs } from './experiment-briefs.ts'
import {
  addConditions,
  announceRepeat,
  finishExperiment,
  findExperiment,
  saveConditions,
  setExperimentStage,
} from './experiments.ts'
import { planExperiment } from './plans.ts'
import { findTuning } from './tunings.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

const plan =
  (parallel: number, kind: 'baseline' | 'search' = 'search') =>
  () => ({ kind, configuration: { parallel }, reason: 'test', role: null, pair: null })

const completed = (tokens: number): ExperimentResult => ({
  status: 'measured',
  constraints: [],
  measurement: newMeasurement({ output_tokens_per_second: tokens }),
})
const diagnosis: Diagnosis = {
  kind: 'out_of_memory',
  summary: 'too large',
  evidence: 'OOM',
  advice: 'less',
  exitCode: 1,
  signal: null,
  logTail: ['a long log'],
}
const typesOf = async (id: string) => (await eventsOf(db, id)).map(({ event }) => event.type)

test('an experiment is planned once: a second try gets the plan of the first', async () => {
  const id = await newTuning(db)
  const first = await planExperiment(db, id, 0, () => ({ ...plan(1)(), hurdle: 95 }))
  const second = await planExperiment(db, id, 0, plan(2))
  expect(second).toEqual(first)
  expect(first?.hurdle).toBe(95)
  expect(await findTuning(db, id)).toMatchObject({ planned_count: 1 })
})

test('two plans at the same time see each other', async () => {
  const id = await newTuning(db)
  const plans = await Promise.all(
    [0, 1, 2, 3].map((number) => planExperiment(db, id, number, (history) => plan(history.length + 1)())),
  )
  expect(plans.map((made) => made?.configuration.parallel).toSorted()).toEqual([1, 2, 3, 4])
})

test('a result is recorded once, with counts, best and events in step', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, plan(1, 'baseline'))
  await planExperiment(db, id, 1, plan(2))
  await finishExperiment(db, id, 0, completed(50))
  await finishExperiment(db, id, 1, completed(80))
  await finishExperiment(db, id, 1, completed(999))
  expect(await findTuning(db, id)).toMatchObject({
    completed_count: 2,
    failed_count: 0,
    best_number: 1,
    best_objective: 80,
    baseline_objective: 50,
    outcomes: 'mm',
    steps: [
      { after: 1, objective: 50 },
      { after: 2, objective: 80 },
    ],
  })
  expect((await findExperiment(db, id, 1))?.objective).toBe(80)
  expect(await typesOf(id)).toEqual([
    'tuning.created',
    'experiment.planned',
    'experiment.planned',
    'experiment.finished',
    'tuning.best',
    'experiment.finished',
    'tuning.best',
  ])
})

test('a letter tells what came of each experiment, whatever the order of their ends', async () => {
  const id = await newTuning(db)
  for (let number = 0; number < 6; number += 1) await planExperiment(db, id, number, plan(number + 1))
  const cutShort = {
    ...({ of: 'objective', metric: 'output_tokens_per_second', op: '>=' } as const),
    ...{ limit: 90, bound: 80, afterMs: 2000, ofMs: 8000, requests: 9 },
  }
  await finishExperiment(db, id, 4, null)
  await finishExperiment(db, id, 1, {
    status: 'measured',
    constraints: [],
    measurement: newMeasurement({}, { cutShort }),
  })
  await finishExperiment(db, id, 0, completed(50))
  const broken = {
    constraint: 'error_rate <= 0',
    metric: 'error_rate',
    value: 1,
    limit: 0,
    holds: false,
  } as const
  await finishExperiment(db, id, 2, {
    status: 'measured',
    constraints: [broken],
    measurement: newMeasurement({}),
  })
  await finishExperiment(db, id, 3, { status: 'failed', diagnosis })
  expect((await findTuning(db, id))?.outcomes).toBe('msbfcr')
})

test('the same stage twice is one event, and nothing changes after the end', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, plan(1))
  for (let again = 0; again < 2; again++)
    await setExperimentStage(db, id, 0, { stage: 'starting', attempt: 1 })
  await finishExperiment(db, id, 0, completed(1))
  await setExperimentStage(db, id, 0, { stage: 'done', attempt: 1 })
  await setExperimentStage(db, id, 0, { stage: 'measuring', attempt: 1 })
  expect((await typesOf(id)).filter((type) => type === 'experiment.stage')).toHaveLength(2)
  expect((await findExperiment(db, id, 0))?.stage).toBe('done')
})

test('events of a tuning are numbered without gaps, whoever writes at the same time', async () => {
  const id = await newTuning(db)
  await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      await planExperiment(db, id, number, plan(number))
      const start = () => setExperimentStage(db, id, number, { stage: 'starting', attempt: 1 })
      await Promise.all([start(), start(), start()])
      await finishExperiment(db, id, number, completed(number))
    }),
  )
  const events = await eventsOf(db, id)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  for (const type of ['experiment.planned', 'experiment.stage', 'experiment.finished'])
    expect(events.filter(({ event }) => event.type === type)).toHaveLength(20)
  expect(await findTuning(db, id)).toMatchObject({
    completed_count: 20,
    best_number: 19,
    last_seq: events.length,
  })
})

test('what is seen while measuring joins the conditions of the start, and a new start begins afresh', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, plan(1))
  const start = {
    host: 'a',
    devices: ['cpu-0'],
    engineVersion: null,
    model: 'm',
    command: ['engine'],
    attempts: 1,
  }
  await addConditions(db, id, 0, { repeats: ['lost'] })
  expect((await findExperiment(db, id, 0))?.conditions).toBeNull()
  await saveConditions(db, id, 0, start)
  await addConditions(db, id, 0, { modelHash: 'sha256:00', machine: null })
  await addConditions(db, id, 0, { repeats: ['too busy'] })
  const joined = { ...start, modelHash: 'sha256:00', machine: null, repeats: ['too busy'] }
  expect((await findExperiment(db, id, 0))?.conditions).toEqual(joined)
  await saveConditions(db, id, 0, { ...start, attempts: 2 })
  expect((await findExperiment(db, id, 0))?.conditions).toEqual({ ...start, attempts: 2 })
})

test('a repeated measurement is told with its reason', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, plan(1))
  await announceRepeat(db, id, 0, 'too busy')
  expect((await eventsOf(db, id)).at(-1)?.event).toEqual({
    type: 'experiment.repeated',
    experiment: 0,
    reason: 'too busy',
  })
})

test('a brief has what a list shows of a result, and leaves the rest out', async () => {
  const id = await newTuning(db)
  for (const number of [0, 1, 2]) await planExperiment(db, id, number, plan(number + 1))
  await finishExperiment(db, id, 0, completed(100))
  await saveConditions(db, id, 1, {
    host: 'h',
    devices: ['gpu-0'],
    engineVersion: null,
    model: 'm',
    command: [],
    attempts: 1,
  })
  await finishExperiment(db, id, 1, { status: 'failed', diagnosis })
  const briefs = await listBriefs(db, id)
  expect(briefs.map(({ result }) => result)).toEqual([
    { status: 'measured', constraints: [], clientLimited: false, cutShort: null },
    { status: 'failed', diagnosis: { kind: 'out_of_memory', summary: 'too large', evidence: 'OOM' } },
    null,
  ])
  expect(briefs.map(({ host, devices }) => ({ host, devices }))).toEqual([
    { host: null, devices: [] },
    { host: 'h', devices: ['gpu-0'] },
    { host: null, devices: [] },
  ])
})
