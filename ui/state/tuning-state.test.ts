import { expect, test } from 'vitest'
import type { Tuning, TuningEvent } from '../../client/client.ts'
import { expectedRuns } from '../../domain/tuning.ts'
import {
  foldEvent,
  foldLive,
  progressShare,
  remainingMs,
  withExperiment,
  type TuningState,
} from './tuning-state.ts'

const AT = '2026-01-01T00:00:00.000Z'
const LATER = '2026-01-01T00:00:10.000Z'

const tuning: Tuning = {
  id: 'a',
  name: 'chat',
  project: 'default',
  owner: null,
  engine: 'llama.cpp',
  model: 'gemma',
  state: 'pending',
  phase: 'waiting',
  message: null,
  createdAt: AT,
  startedAt: null,
  finishedAt: null,
  experiments: { planned: 0, completed: 0, failed: 0, budget: 3 },
  best: null,
  baselineObjective: null,
  gain: null,
  verdict: null,
  outcomes: '',
  steps: [],
  lastEvent: 1,
  temporalUrl: null,
  spec: {
    name: 'chat',
    engine: { kind: 'llama.cpp', model: 'gemma', args: {}, env: {} },
    runtime: { kind: 'process' },
    hardware: { labels: {} },
    workload: {
      prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } },
      load: { concurrency: 1 },
      duration: '4s',
      warmup: '1s',
      requestTimeout: '10s',
      endpoint: 'chat',
      seed: 1,
    },
    objective: { maximize: 'output_tokens_per_second' },
    constraints: [],
    search: 'model',
    space: { threads: { type: 'integer', low: 1, high: 2, scale: 'linear' } },
    rules: [],
    baseline: {},
    budget: { experiments: 3, cutShort: true, stop: 'off' },
    transfer: [],
    confirmation: { pairs: 2, finalists: 1 },
    parallelism: 1,
    priority: 0,
    seed: 1,
  },
}
const initial: TuningState = {
  tuning,
  experiments: [],
  report: null,
  live: {},
  starting: {},
  activity: [],
  lastEventAt: null,
}

function fold(state: TuningState, ...events: TuningEvent['event'][]): TuningState {
  return events.reduce(
    (folded, event) => foldEvent(folded, { seq: folded.tuning.lastEvent + 1, at: LATER, event }),
    state,
  )
}

const planned = (experiment: number, kind: 'baseline' | 'search' = 'search'): TuningEvent['event'] => ({
  type: 'experiment.planned',
  experiment,
  kind,
  configuration: { threads: 2 },
  reason: 'to see',
  role: null,
  pair: null,
})
const finished = (experiment: number, objective: number | null): TuningEvent['event'] => ({
  type: 'experiment.finished',
  experiment,
  state: objective === null ? 'failed' : 'completed',
  objective,
  feasible: objective !== null,
  summary: '',
})
const figures = {
  elapsedMs: 1,
  totalMs: 2,
  inFlight: 1,
  completed: 0,
  failed: 0,
  outputTokensPerSecond: 9,
  ttftP50Ms: null,
}

test('plans, stages and finishes an experiment', () => {
  const state = fold(
    initial,
    { type: 'tuning.state', state: 'running', phase: 'baseline', message: null },
    planned(0, 'baseline'),
    { type: 'experiment.stage', experiment: 0, stage: 'starting', attempt: 1 },
    finished(0, 100),
    planned(1),
    finished(1, null),
  )
  expect(state.tuning).toMatchObject({
    state: 'running',
    startedAt: LATER,
    baselineObjective: 100,
    experiments: { planned: 2, completed: 1, failed: 1 },
  })
  expect(state.experiments).toMatchObject([
    { number: 0, kind: 'baseline', state: 'completed', stage: 'done', objective: 100, startedAt: LATER },
    { number: 1, state: 'failed', objective: null },
  ])
})

test('folds an event that comes twice once', () => {
  const once = fold(initial, planned(0))
  expect(foldEvent(once, { seq: once.tuning.lastEvent, at: LATER, event: planned(0) })).toBe(once)
})

test('does not plan an experiment twice that was loaded before its event', () => {
  const loaded = fold(initial, planned(0))
  expect(fold({ ...loaded, tuning }, planned(0)).experiments).toHaveLength(1)
})

test('leaves what it was given as it was', () => {
  const before = structuredClone(initial)
  fold(initial, planned(0), finished(0, 1))
  expect(initial).toEqual(before)
})

test('keeps live figures while the experiment runs, and drops them when it is over', () => {
  const running = foldLive(fold(initial, planned(0)), { type: 'experiment.live', experiment: 0, figures })
  expect(running.live[0]).toEqual(figures)
  const pulling = {
    type: 'experiment.starting',
    experiment: 0,
    text: 'pulling engine:1: 40% of 900 MiB',
  } as const
  expect(foldLive(running, pulling).starting[0]).toBe(pulling.text)
  const over = fold(running, finished(0, 1))
  expect(over.live).toEqual({})
  expect(foldLive(over, { type: 'experiment.live', experiment: 0, figures })).toBe(over)
})

test('puts an experiment that was read anew in its place', () => {
  const state = fold(initial, planned(0), planned(1))
  const [first] = state.experiments
  if (first === undefined) throw new Error('no experiment')
  expect(withExperiment(state, { ...first, host: 'anew' }).experiments).toMatchObject([
    { number: 0, host: 'anew' },
    { number: 1, host: null },
  ])
})

test('notes the best and the end', () => {
  const state = fold(
    initial,
    { type: 'tuning.best', experiment: 3, objective: 120 },
    { type: 'tuning.state', state: 'completed', phase: 'done', message: 'better' },
  )
  expect(state.tuning).toMatchObject({
    best: { number: 3, objective: 120 },
    finishedAt: LATER,
    message: 'better',
  })
})

test('counts baseline, search and confirmation; one that completed early is done, one that was cancelled is not', () => {
  expect(expectedRuns(tuning.spec)).toBe(8)
  const half = { ...tuning, experiments: { planned: 4, completed: 3, failed: 1, budget: 3 } }
  expect(progressShare(half)).toBe(0.5)
  expect(progressShare({ ...half, state: 'completed' })).toBe(1)
  expect(progressShare({ ...half, state: 'cancelled' })).toBe(0.5)
})

test('expects the rest to take as long as what is done, and says nothing before', () => {
  expect(remainingMs(initial)).toBeNull()
  const state = fold(initial, planned(0), finished(0, 1))
  const experiments = state.experiments.map((experiment) => ({ ...experiment, startedAt: AT }))
  expect(remainingMs({ ...state, experiments })).toBe(70_000)
})

test('keeps who did what and why, also from before it was loaded, once and in order', () => {
  const action = (seq: number, by: string): TuningEvent => ({
    seq,
    at: LATER,
    event: {
      type: 'tuning.action',
      what: { action: 'pause', arguments: { running: 'finish' } },
      by,
      reason: 'lunch',
    },
  })
  const loaded = { ...initial, tuning: { ...tuning, lastEvent: 5 } }
  const told = [action(6, 'ui'), action(3, 'cli'), action(3, 'cli')].reduce(foldEvent, loaded)
  expect(told.activity).toMatchObject([
    { seq: 3, by: 'cli', reason: 'lunch', what: { action: 'pause' } },
    { seq: 6, by: 'ui' },
  ])
  expect(told.tuning.lastEvent).toBe(6)
  expect(foldEvent(told, action(6, 'ui'))).toBe(told)
})
