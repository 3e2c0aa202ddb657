import { createEffect, createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Experiment, LiveFigures, Tuning } from '../../client/client.ts'
import { followTuning } from '../../client/follow.ts'
import { BASE_URL } from './api.ts'
import { createConnection, type Connection } from './connection.ts'
import { readExperiment, readTuning } from './tuning-store.ts'

export interface StageTime {
  stage: Experiment['stage']
  attempt: number
  at: string
}

interface ExperimentState {
  tuning: Tuning | null
  experiment: Experiment | null
  stages: StageTime[]
  live: LiveFigures | null
  /** How many experiments the tuning has, as far as is known. */
  planned: number
}

export interface ExperimentStore {
  view: ExperimentState
  error: Accessor<unknown>
  connection: Accessor<Connection>
  retry: () => void
}

const empty = (): ExperimentState => ({
  tuning: null,
  experiment: null,
  stages: [],
  live: null,
  planned: 0,
})

/** Loads an experiment, and its stages from its tuning's events. */
export function createExperimentStore(id: Accessor<string>, number: Accessor<number>): ExperimentStore {
  const [view, setView] = createStore<ExperimentState>(empty())
  const [error, setError] = createSignal<unknown>(null)
  const { connection, setConnection, onLost, onSignedOut, onBack } = createConnection()
  const [tries, setTries] = createSignal(0)

  createEffect(() => {
    tries()
    const tuningId = id()
    const mine = number()
    let over = false
    let stop = () => {}
    onCleanup(() => {
      over = true
      stop()
    })

    const show = (experiment: Experiment) => {
      if (!over) setView('experiment', experiment)
    }

    setError(null)
    setView(empty())
    setConnection({ state: 'connecting' })
    Promise.all([readTuning(tuningId), readExperiment(tuningId, mine)])
      .then(([tuning, experiment]) => {
        if (over) return
        setView({ tuning, experiment, planned: tuning.experiments.planned })
        // From the first event on: the times of stages are told by events only.
        stop = followTuning(BASE_URL, tuningId, {
          onEvent({ seq, at, event }) {
            if (event.type === 'experiment.planned')
              setView('planned', (planned) => Math.max(planned, event.experiment + 1))
            if (!('experiment' in event) || event.experiment !== mine) return
            if (event.type === 'experiment.stage') {
              setView('stages', (stages) => [...stages, { stage: event.stage, attempt: event.attempt, at }])
              if (view.experiment?.state === 'running')
                setView('experiment', { stage: event.stage, attempt: event.attempt })
            }
            if (event.type === 'experiment.finished') {
              setView('live', null)
              if (seq > tuning.lastEvent) readExperiment(tuningId, mine).then(show, () => undefined)
            }
          },
          onLive(live) {
            if (live.experiment === mine && live.type === 'experiment.live') setView('live', live.figures)
          },
          onEnd: () => setConnection({ state: 'ended' }),
          onLost,
          onSignedOut,
          onBack,
        })
      })
      .catch((reason: unknown) => {
        if (!over) setError(() => reason)
      })
  })

  return { view, error, connection, retry: () => setTries((count) => count + 1) }
}
