import { batch, createSignal, mergeProps, type Accessor } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { ExperimentBrief } from '../../client/client.ts'
import type { TuningState } from './tuning-state.ts'

export interface ShownTuning {
  state: Accessor<TuningState | null>
  /** Shows another tuning, or none. */
  begin: (state: TuningState | null) => void
  /** Brings what is shown from one state to a later one. */
  change: (before: TuningState, after: TuningState) => void
}

/**
 * Keeps what a page shows of a tuning. All of it is a store, whose readers hear of the field that they read, but for
 * its experiments: whoever reads those goes through all of them, and a store would keep a signal for each field of a
 * thousand.
 */
export function createShownTuning(): ShownTuning {
  type Rest = Omit<TuningState, 'experiments'>
  const [store, setStore] = createStore<{ rest: Rest | null }>({ rest: null })
  const [experiments, setExperiments] = createSignal<ExperimentBrief[]>([])
  const shown = {
    get experiments() {
      return experiments()
    },
  }

  return {
    state: () => (store.rest === null ? null : mergeProps(store.rest, shown)),
    begin(state) {
      batch(() => {
        setExperiments(state?.experiments ?? [])
        setStore('rest', state === null ? null : restOf(state))
      })
    },
    change(before, after) {
      batch(() => {
        setExperiments(after.experiments)
        for (const field of ['tuning', 'report', 'live', 'starting', 'activity'] as const)
          if (before[field] !== after[field]) setStore('rest', field, reconcile(after[field]))
        setStore('rest', 'lastEventAt', after.lastEventAt)
      })
    },
  }
}

function restOf({ experiments: _, ...rest }: TuningState) {
  return rest
}
