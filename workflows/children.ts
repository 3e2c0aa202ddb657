import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  proxyActivities,
  rootCause,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow'
import type { Planned, RunStanding, TuningActivities } from '../activities/tuning-activities.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { ExperimentKind } from '../domain/experiment.ts'
import { experimentWorkflowId } from '../domain/temporal-names.ts'
import { QUICK } from './activity-options.ts'
import { experimentWorkflow, type ExperimentInput } from './experiment.ts'
import { experimentEndedSignal } from './messages.ts'
import { SEARCH_ATTRIBUTES } from './search-attributes.ts'

const { recordFailure, closeExperiment } = proxyActivities<TuningActivities>(QUICK)

/**
 * The experiments of a tuning that run. Their workflows outlive a run of the tuning's: one that the run started itself
 * ends with its promise, one that it took over ends with a signal.
 */
export class Children {
  readonly #tuningId: string
  readonly #onAbandoned: (number: number, kind: ExperimentKind) => void
  readonly #running = new Map<number, ExperimentKind>()
  readonly #abandoned = new Set<number>()
  /** Ended before they were taken over; null from then on. */
  #endedBefore: Set<number> | null = new Set()

  /** `onAbandoned` hears of experiments that ended because they were abandoned. */
  constructor(tuningId: string, onAbandoned: (number: number, kind: ExperimentKind) => void) {
    this.#tuningId = tuningId
    this.#onAbandoned = onAbandoned
    setHandler(experimentEndedSignal, (number, cancelled) => this.#ended(number, cancelled))
  }

  get numbers(): number[] {
    return [...this.#running.keys()]
  }

  get size(): number {
    return this.#running.size
  }

  /** Takes over experiments that an earlier run started. */
  takeOver(experiments: { number: number; kind: ExperimentKind }[]): void {
    for (const { number, kind } of experiments)
      if (this.#endedBefore?.has(number) !== true) this.#running.set(number, kind)
    this.#endedBefore = null
  }

  /** Starts the workflow of an experiment. */
  async start({ number, kind, request }: Planned, standing: RunStanding): Promise<void> {
    this.#running.set(number, kind)
    const { measureTimeoutMs, hostLostAfterMs, engine, model } = standing
    const tuningId = this.#tuningId
    const input: ExperimentInput = { tuningId, number, request, measureTimeoutMs, hostLostAfterMs }
    await CancellationScope.nonCancellable(async () => {
      const child = await startChild(experimentWorkflow, {
        workflowId: experimentWorkflowId(tuningId, number),
        args: [input],
        parentClosePolicy: 'ABANDON',
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.engine, value: engine },
          { key: SEARCH_ATTRIBUTES.model, value: model },
        ],
      })
      void child.result().then(
        () => this.#ended(number, false),
        (error: unknown) => (isCancellation(error) ? this.#ended(number, true) : this.#broken(number, error)),
      )
    })
  }

  /** Stops all that run, in favour of a later try. */
  abandon(): void {
    for (const number of this.numbers) this.#abandoned.add(number)
    this.cancel()
  }

  /** Asks all that run to stop; each is gone from here when nothing of it runs any more. */
  cancel(): void {
    for (const number of this.numbers) {
      getExternalWorkflowHandle(experimentWorkflowId(this.#tuningId, number))
        .cancel()
        .catch(() => log.info('the experiment was over before it could be cancelled', { number }))
    }
  }

  #ended(number: number, cancelled: boolean): void {
    // The signal may overtake the answer that says which experiments run.
    if (this.#endedBefore !== null && patched('ended-before')) this.#endedBefore.add(number)
    const kind = this.#running.get(number)
    this.#running.delete(number)
    if (this.#abandoned.delete(number) && cancelled && kind !== undefined) this.#onAbandoned(number, kind)
  }

  /** An experiment's workflow that was terminated, or has a bug, has closed nothing. */
  async #broken(number: number, error: unknown): Promise<void> {
    const summary = `its workflow ended: ${rootCause(error) ?? String(error)}`
    const diagnosis = plainDiagnosis('infrastructure', summary, 'See the workflow in Temporal Web.')
    const ref = { tuningId: this.#tuningId, number, attempt: 1 }
    await CancellationScope.nonCancellable(async () => {
      await recordFailure(this.#tuningId, number, diagnosis)
      await closeExperiment(ref, { parentRunId: workflowInfo().runId, cancelled: false })
    }).catch((trouble: unknown) => log.warn('an experiment could not be closed', { number, trouble }))
    this.#ended(number, false)
  }
}
