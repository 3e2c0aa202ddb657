import { createEffect, createSignal, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile, unwrap } from 'solid-js/store'
import type { Experiment, Report, Tuning } from '../../client/client.ts'
import { followTuning } from '../../client/follow.ts'
import { isFinished } from '../../domain/tuning.ts'
import { answer, api, BASE_URL, isNotYet } from './api.ts'
import { lost, type Connection } from './connection.ts'
import { briefOf } from './experiment-brief.ts'
import { foldEvent, foldLive, withExperiment, type TuningState } from './tuning-state.ts'

export interface TuningStore {
  /** Null until it is loaded. */
  state: () => TuningState | null
  error: Accessor<unknown>
  connection: Accessor<Connection>
  /** Whether the events from before it was loaded have been read for what people did. */
  history: Accessor<History>
  readHistory: () => void
  retry: () => void
}

export type History = 'unread' | 'reading' | 'read'

/** Tunings with more events than this have their history read when somebody asks for it. */
const READ_UNASKED_EVENTS = 1000

/** Loads a tuning and keeps it current over one connection; it belongs to the component that creates it. */
export function createTuningStore(id: Accessor<string>): TuningStore {
  const [store, setStore] = createStore<{ state: TuningState | null }>({ state: null })
  const [error, setError] = createSignal<unknown>(null)
  const [connection, setConnection] = createSignal<Connection>({ state: 'connecting' })
  const [tries, setTries] = createSignal(0)
  const [history, setHistory] = createSignal<History>('unread')
  let readHistory = () => {}

  createEffect(() => {
    tries()
    const tuningId = id()
    let stop = () => {}
    let stopHistory = () => {}
    let over = false
    onCleanup(() => {
      over = true
      stop()
      stopHistory()
    })

    const change = (fold: (state: TuningState) => TuningState) => {
      const current = unwrap(store).state
      if (over || current === null) return
      const next = fold(current)
      if (next !== current) setStore('state', reconcile(next, { key: 'number' }))
    }
    const readAgain = (number: number) =>
      readExperiment(tuningId, number).then(
        (experiment) => change((state) => withExperiment(state, briefOf(experiment))),
        // The event told the outcome; the details are on the experiment's own page.
        () => undefined,
      )
    const readEnd = async () => {
      const [tuning, report] = await Promise.all([readTuning(tuningId), readReport(tuningId)])
      change((state) => ({ ...state, tuning, report }))
    }

    const readUntil = (last: number) => {
      setHistory('reading')
      const onEnd = () => {
        stopHistory()
        if (!over) setHistory('read')
      }
      stopHistory = followTuning(BASE_URL, tuningId, {
        onEvent(event) {
          change((current) => foldEvent(current, event))
          if (event.seq >= last) onEnd()
        },
        onLive: () => undefined,
        onEnd,
      })
    }

    setError(null)
    setHistory('unread')
    setConnection({ state: 'connecting' })
    setStore('state', null)
    load(tuningId)
      .then((state) => {
        if (over) return
        setStore('state', state)
        readHistory = () => readUntil(state.tuning.lastEvent)
        if (state.tuning.lastEvent <= READ_UNASKED_EVENTS) readHistory()
        if (isFinished(state.tuning.state) && state.tuning.phase === 'done') {
          setConnection({ state: 'ended' })
          return
        }
        stop = followTuning(
          BASE_URL,
          tuningId,
          {
            onEvent(event) {
              change((current) => foldEvent(current, event))
              if (event.event.type === 'experiment.finished') void readAgain(event.event.experiment)
            },
            onLive: (live) => change((current) => foldLive(current, live)),
            onEnd() {
              setConnection({ state: 'ended' })
              readEnd().catch(setError)
            },
            onLost: () => setConnection((current) => lost(current, Date.now())),
            onBack: () => setConnection({ state: 'live' }),
          },
          state.tuning.lastEvent,
        )
      })
      .catch((reason: unknown) => {
        if (!over) setError(() => reason)
      })
  })

  return {
    state: () => store.state,
    error,
    connection,
    history,
    readHistory: () => readHistory(),
    retry: () => setTries((count) => count + 1),
  }
}

async function load(id: string): Promise<TuningState> {
  return { ...(await readOverview(id)), live: {}, starting: {}, activity: [], lastEventAt: null }
}

/** Reads a tuning with its experiments in brief, and its report when it has one. */
export function readOverview(id: string): Promise<Pick<TuningState, 'tuning' | 'experiments' | 'report'>> {
  return answer(api.GET('/api/v1/tunings/{id}/overview', { params: { path: { id } } }))
}

/** Reads a tuning. */
export function readTuning(id: string): Promise<Tuning> {
  return answer(api.GET('/api/v1/tunings/{id}', { params: { path: { id } } }))
}

/** Reads an experiment. */
export function readExperiment(id: string, number: number): Promise<Experiment> {
  return answer(api.GET('/api/v1/tunings/{id}/experiments/{number}', { params: { path: { id, number } } }))
}

/** Reads the report of a tuning; null when it has none. */
async function readReport(id: string): Promise<Report | null> {
  try {
    return await answer(api.GET('/api/v1/tunings/{id}/report', { params: { path: { id } } }))
  } catch (error) {
    if (isNotYet(error)) return null
    throw error
  }
}
