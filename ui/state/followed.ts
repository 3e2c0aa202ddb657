import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js'
import { createStore, reconcile, unwrap } from 'solid-js/store'
import type { Tuning } from '../../client/client.ts'
import { followTunings } from '../../client/follow.ts'
import { BASE_URL } from './api.ts'
import { createConnection, type Connection } from './connection.ts'
import { createGathered } from './gathered.ts'

/** Changes that follow each other within it are read together. */
const GATHER_MS = 20
/** However much happens, the server is asked for half of the time at most. */
const REST_PER_READ = 1

export interface Followed<Data> {
  /** Null until it is loaded. */
  data: () => Data | null
  /** Why it could not be read the last time; null when it could. */
  error: Accessor<unknown>
  connection: Accessor<Connection>
  /** Reads it anew. */
  reload: () => Promise<void>
}

/**
 * Loads what hangs on tunings and keeps it current over the stream of their changes: `fold` returns the data with a
 * changed tuning in it, or null when it has to be read again; it calls `readAgain` where both help. `stateChanged` tells
 * whether the tuning is new to this page or its state is another than before; `key` is the field that tells items of
 * lists apart. `what` names what is read: another is loaded in its place. `hangsOn`: what else changes it.
 */
export function createFollowed<Data extends object>(options: {
  what: Accessor<string>
  key: string
  read: (what: string) => Promise<Data>
  fold: (data: Data, tuning: Tuning, stateChanged: boolean, readAgain: () => void) => Data | null
  hangsOn?: 'fleet' | 'schedules'
}): Followed<Data> {
  const { what, key, read, fold, hangsOn } = options
  const [store, setStore] = createStore<{ data: Data | null }>({ data: null })
  const [error, setError] = createSignal<unknown>(null)
  // The stream does not replay: what changed while it was lost is read once.
  const { connection, onLost, onSignedOut, onBack } = createConnection(() => void reload())
  const states = new Map<string, Tuning['state']>()
  let request = 0
  let reading = false
  let changedMeanwhile = false
  let tookMs = 0
  const soon = createGathered(
    () => Math.max(GATHER_MS, REST_PER_READ * tookMs),
    () => void reload(),
  )
  const changed = () => {
    if (reading) changedMeanwhile = true
    else soon.ask()
  }
  const show = (data: Data | null) =>
    setStore(reconcile<{ data: Data | null }, { data: Data | null }>({ data }, { key }))

  const reload = async () => {
    soon.stop()
    const mine = ++request
    const began = performance.now()
    reading = true
    changedMeanwhile = false
    try {
      const data = await read(what())
      if (mine !== request) return
      setError(null)
      show(data)
    } catch (reason) {
      if (mine === request) setError(() => reason)
    }
    if (mine !== request) return
    reading = false
    tookMs = performance.now() - began
    if (changedMeanwhile) soon.ask()
  }

  createEffect(
    on(what, () => {
      show(null)
      void reload()
    }),
  )

  const stop = followTunings(BASE_URL, {
    onTuning(tuning) {
      const stateChanged = states.get(tuning.id) !== tuning.state
      states.set(tuning.id, tuning.state)
      const { data } = unwrap(store)
      const folded = data === null ? null : fold(data, tuning, stateChanged, changed)
      if (folded === null) changed()
      else if (folded !== data) show(folded)
    },
    onDeleted: changed,
    onNews(news) {
      if (news === hangsOn) changed()
    },
    onLost,
    onSignedOut,
    onBack,
  })
  onCleanup(() => {
    request++
    soon.stop()
    stop()
  })

  return { data: () => store.data, error, connection, reload }
}
