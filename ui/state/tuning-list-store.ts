import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { Tuning } from '../../client/client.ts'
import { followTunings } from '../../client/follow.ts'
import { answer, api, BASE_URL } from './api.ts'
import { createConnection, type Connection } from './connection.ts'
import { withPage, withTuning, type TuningFilter } from './tuning-list-state.ts'

const PAGE = 100

interface ListState {
  tunings: Tuning[]
  next: string | null
  loaded: boolean
}

export interface TuningListStore {
  list: ListState
  error: Accessor<unknown>
  connection: Accessor<Connection>
  more: () => Promise<void>
  remove: (id: string) => void
  /** Puts a tuning in its place, if it passes the filter. */
  put: (tuning: Tuning) => void
  retry: () => void
}

/** Loads the newest tunings that pass the filter, and keeps them current over one connection. */
export function createTuningListStore(filter: Accessor<TuningFilter>): TuningListStore {
  const [list, setList] = createStore<ListState>({ tunings: [], next: null, loaded: false })
  const [error, setError] = createSignal<unknown>(null)
  // The stream of the list does not replay: what changed while it was lost is read once.
  const { connection, onLost, onSignedOut, onBack } = createConnection(() => void reload())
  let request = 0

  const read = (cursor?: string) => {
    const { search, project, deleted } = filter()
    const query = {
      ...{ limit: PAGE, search: search || undefined, project: project || undefined, cursor },
      ...(deleted ? { deleted: 'true' as const } : {}),
    }
    return answer(api.GET('/api/v1/tunings', { params: { query } }))
  }
  const show = (tunings: Tuning[]) => setList('tunings', reconcile(tunings, { key: 'id' }))

  const reload = async () => {
    const mine = ++request
    try {
      const page = await read()
      if (mine !== request) return
      setError(null)
      show(page.tunings)
      setList({ next: page.next, loaded: true })
    } catch (reason) {
      if (mine === request) setError(() => reason)
    }
  }

  const more = async () => {
    if (list.next === null) return
    const mine = request
    try {
      const page = await read(list.next)
      if (mine !== request) return
      show(withPage(list.tunings, page.tunings))
      setList('next', page.next)
    } catch (reason) {
      setError(() => reason)
    }
  }

  createEffect(on(filter, () => void reload()))

  const stop = followTunings(BASE_URL, {
    onTuning: put,
    onDeleted: (id) => (filter().deleted ? void reload() : remove(id)),
    onLost,
    onSignedOut,
    onBack,
  })
  onCleanup(stop)

  function remove(id: string): void {
    show(list.tunings.filter((tuning) => tuning.id !== id))
  }

  function put(tuning: Tuning): void {
    show(withTuning(list.tunings, tuning, filter(), list.next === null))
  }

  return { list, error, connection, more, remove, put, retry: () => void reload() }
}
