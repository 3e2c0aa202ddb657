import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { createShownTuning } from './shown-tuning.ts'
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

test('the newest state is shown, and experiments that did not change stay the same', () => {
  const first = state([experiment(0, 'done'), experiment(1, 'warming')], 1)
  const page = createShownTuning()
  expect(page.state()).toBeNull()
  page.begin(structuredClone(first))
  const [done] = page.state()?.experiments ?? []
  if (done === undefined) throw new Error('no experiment')
  const second = state([done, experiment(1, 'measuring'), experiment(2, 'waiting')], 2)
  page.change(first, second)
  expect({ ...page.state() }).toEqual(second)
  expect(page.state()?.experiments[0]).toBe(done)
  page.change(second, state([...second.experiments], 3))
  expect(page.state()?.tuning.lastEvent).toBe(3)
  page.begin(null)
  expect(page.state()).toBeNull()
})
