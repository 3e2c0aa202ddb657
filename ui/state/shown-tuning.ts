import { batch, createSignal, mergeProps, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { TuningState } from './tuning-state.ts'

type Rest = Omit<TuningState, 'experiments' | 'live' | 'starting'>

export interface ShownTuning {
  state: Accessor<TuningState | null>
  /** Shows another tuning, or none. */
  begin: (state: TuningState | null) => void
  /** Brings what is shown from one state to a later one. */
  change: (before: TuningState, after: TuningState) => void
}

/**
 * Keeps what a page shows of a tuning. All of it is a store, whose readers hear of the field that they read, but for
 * what there is for each experiment: a store would keep a signal for each that ever ran, and for each field of a
 * thousand experiments, which are read all together.
 */
export function createShownTuning(): ShownTuning {
  const [store, setStore] = createStore<{ rest: Rest | null }>({ rest: null })
  const [experiments, setExperiments] = createSignal<TuningState['experiments']>([])
  const [live, setLive] = createSignal<TuningState['live']>({})
  const [starting, setStarting] = createSignal<TuningState['starting']>({})
  const shown = {
    get experiments() {
      return experiments()
    },
    get live() {
      return live()
    },
    get starting() {
      return starting()
    },
  }
  const showExperiments = (state: TuningState | null) => {
    setExperiments(state?.experiments ?? [])
    setLive(state?.live ?? {})
    setStarting(state?.starting ?? {})
  }

  return {
    state: () => (store.rest === null ? null : mergeProps(store.rest, shown)),
    begin(state) {
      batch(() => {
        showExperiments(state)
        setStore('rest', state === null ? null : restOf(state))
      })
    },
    change(before, after) {
      batch(() => {
        showExperiments(after)
        for (const field of ['tuning', 'report', 'activity'] as const)
          if (before[field] !== after[field]) setStore('rest', field, reconcile(after[field]))
        setStore('rest', 'lastEventAt', after.lastEventAt)
      })
    },
  }
}

function restOf({ tuning, report, activity, lastEventAt }: TuningState): Rest {
  return { tuning, report, activity, lastEventAt }
}
