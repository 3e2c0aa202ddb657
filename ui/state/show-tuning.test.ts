import { createStore } from 'solid-js/store'
import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { showTuning } from './show-tuning.ts'
import type { TuningState } from './tuning-state.ts'

const experiment = (number: number, stage: string) => ({ number, stage }) as unknown as ExperimentBrief
const state = (experiments: ExperimentBrief[], lastEvent: number): TuningState =>
  ({
    tuning: { id: 'a', lastEvent },
    experiments,
    report: null,
    live: { 1: { completed: lastEvent } },
    starting: { 2: `layer ${lastEvent}` },
    activity: [],
    lastEventAt: null,
  }) as unknown as TuningState

test('the store shows the newest state, and keeps the rows that did not change', () => {
  const first = state([experiment(0, 'done'), experiment(1, 'warming')], 1)
  const [store, setStore] = createStore<{ state: TuningState | null }>({ state: structuredClone(first) })
  const row = store.state?.experiments[0]
  const [done] = first.experiments
  if (done === undefined) throw new Error('no experiment')
  const second = state([done, experiment(1, 'measuring'), experiment(2, 'waiting')], 2)
  showTuning(setStore, first, second)
  expect(store.state).toEqual(second)
  expect(store.state?.experiments[0]).toBe(row)
  showTuning(setStore, second, state([...second.experiments], 3))
  expect(store.state?.tuning.lastEvent).toBe(3)
})
