import { batch } from 'solid-js'
import { reconcile, type SetStoreFunction } from 'solid-js/store'
import type { TuningState } from './tuning-state.ts'

type Shown = { state: TuningState | null }

/**
 * Brings a store to the newest state. Only experiments that were folded since `before` are looked into: to compare all
 * of a thousand for each event takes longer than there is between two events.
 */
export function showTuning(
  setStore: SetStoreFunction<Shown>,
  before: TuningState | null,
  { tuning, experiments, report, live, activity, lastEventAt }: TuningState,
): void {
  batch(() => {
    if (before?.tuning !== tuning) setStore('state', 'tuning', reconcile(tuning))
    if (before?.report !== report) setStore('state', 'report', reconcile(report))
    if (before?.live !== live) setStore('state', 'live', reconcile(live))
    if (before?.activity !== activity) setStore('state', 'activity', reconcile(activity))
    setStore('state', 'lastEventAt', lastEventAt)
    experiments.forEach((experiment, index) => {
      if (before?.experiments[index] !== experiment)
        setStore('state', 'experiments', index, reconcile(experiment))
    })
  })
}
