import { batch } from 'solid-js'
import { produce, reconcile, type SetStoreFunction } from 'solid-js/store'
import type { TuningState } from './tuning-state.ts'

type Shown = { state: TuningState | null }

/**
 * Brings a store to the newest state. Experiments that were folded since `before` are put in place of the old ones, and
 * no others are looked into: to compare all of a thousand for each event takes longer than there is between two, and
 * one that is compared keeps a signal for each of its fields.
 */
export function showTuning(
  setStore: SetStoreFunction<Shown>,
  before: TuningState | null,
  { tuning, experiments, report, live, starting, activity, lastEventAt }: TuningState,
): void {
  batch(() => {
    if (before?.tuning !== tuning) setStore('state', 'tuning', reconcile(tuning))
    if (before?.report !== report) setStore('state', 'report', reconcile(report))
    if (before?.live !== live) setStore('state', 'live', reconcile(live))
    if (before?.starting !== starting) setStore('state', 'starting', reconcile(starting))
    if (before?.activity !== activity) setStore('state', 'activity', reconcile(activity))
    setStore('state', 'lastEventAt', lastEventAt)
    setStore(
      'state',
      'experiments',
      produce((shown) => {
        experiments.forEach((experiment, index) => {
          if (before?.experiments[index] !== experiment) shown[index] = experiment
        })
      }),
    )
  })
}
