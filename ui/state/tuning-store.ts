import { createEffect, createMemo, createSignal, onCleanup, type Accessor } from 'solid-js'
import type { Experiment, Report, Tuning } from '../../client/client.ts'
import { followTuning } from '../../client/follow.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { answer, api, BASE_URL, isNotFound, isNotYet, isSignedOut, quietAnswer } from './api.ts'
import { createConnection, type Connection } from './connection.ts'
import { briefOf } from './experiment-brief.ts'
import { createGathered } from './gathered.ts'
import { createShownTuning } from './shown-tuning.ts'
import { foldEvent, foldLive, withExperiment, type TuningState } from './tuning-state.ts'

export interface TuningStore {
  /** Null until it is loaded. */
  state: () => TuningState | null
  /** The same, not tracked within and at most once a second: for what is costly to draw. */
  calm: Accessor<TuningState | null>
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

/** Events that come within this are shown together. */
const SHOWN_EVERY_MS = 30
/** How often what is costly to draw is drawn anew. */
const CALM_EVERY_MS = 1000

/** Loads a tuning and keeps it current over one connection; it belongs to the component that creates it. */
export function createTuningStore(id: Accessor<string>): TuningStore {
  const page = createShownTuning()
  const [error, setError] = createSignal<unknown>(null)
  const { connection, setConnection, onLost, onSignedOut, onBack } = createConnection()
  const [calmState, setCalm] = createSignal<TuningState | null>(null)
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
      show.stop()
      calm.stop()
      stop()
      stopHistory()
      window.removeEventListener('focus', lookAgain)
    })

    let latest: TuningState | null = null
    let shown: TuningState | null = null
    const show = createGathered(
      () => SHOWN_EVERY_MS,
      () => {
        if (over || latest === null || shown === null) return
        page.change(shown, latest)
        shown = latest
        calm.ask()
      },
    )
    const calm = createGathered(
      () => CALM_EVERY_MS,
      () => {
        if (!over) setCalm(latest)
      },
    )
    const change = (fold: (state: TuningState) => TuningState) => {
      if (over || latest === null) return
      const next = fold(latest)
      if (next === latest) return
      latest = next
      show.ask()
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

    // Nothing more is told of a finished tuning, but somebody else may have taken it up again, or deleted it.
    const look = () => {
      const again = (isOther: boolean) => {
        if (isOther && !over) setTries((count) => count + 1)
      }
      quietAnswer(api.GET('/api/v1/tunings/{id}', { params: { path: { id: tuningId } } })).then(
        ({ lastEvent }) => {
          if (!over) setConnection({ state: 'ended' })
          again(lastEvent !== latest?.tuning.lastEvent)
        },
        (reason: unknown) => {
          if (isSignedOut(reason) && !over) onSignedOut(look)
          else again(isNotFound(reason))
        },
      )
    }
    const lookAgain = () => {
      if (connection().state === 'ended') look()
    }
    window.addEventListener('focus', lookAgain)

    setError(null)
    setHistory('unread')
    setConnection({ state: 'connecting' })
    page.begin(null)
    setCalm(null)
    load(tuningId)
      .then((state) => {
        if (over) return
        latest = state
        shown = state
        page.begin(state)
        setCalm(state)
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
            onLost,
            onSignedOut,
            onBack,
          },
          state.tuning.lastEvent,
        )
      })
      .catch((reason: unknown) => {
        if (!over) setError(() => reason)
      })
  })

  return {
    state: createMemo(page.state),
    calm: calmState,
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
