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

const CANCEL_WHEN_STARTED = 'cancel-when-started'

/** Experiments that are not over, as a run finds them. */
export type OpenExperiments = RunStanding['open']

/**
 * The experiments of a tuning that run. Their workflows outlive a run of the tuning's: one that the run started itself
 * ends with its promise, one that it took over ends with a signal.
 */
export class Children {
  readonly #tuningId: string
  readonly #onAbandoned: (number: number, kind: ExperimentKind) => void
  readonly #running: Map<number, ExperimentKind>
  readonly #abandoned = new Set<number>()
  /** Whose workflows are only ordered: Temporal cannot cancel them yet. */
  readonly #ordered = new Set<number>()

  /** Begins with what the run before left running; `onAbandoned` hears of experiments that ended because they were abandoned. */
  constructor(
    tuningId: string,
    left: OpenExperiments,
    onAbandoned: (number: number, kind: ExperimentKind) => void,
  ) {
    this.#tuningId = tuningId
    this.#onAbandoned = onAbandoned
    this.#running = new Map(left.map(({ number, kind }) => [number, kind]))
    setHandler(experimentEndedSignal, (number, cancelled) => this.#ended(number, cancelled))
  }

  get numbers(): number[] {
    return [...this.#running.keys()]
  }

  get size(): number {
    return this.#running.size
  }

  /** What the next run is to begin with; null while some are being stopped, whose end this run has to hear. */
  get left(): OpenExperiments | null {
    if (this.#abandoned.size > 0) return null
    return [...this.#running].map(([number, kind]) => ({ number, kind }))
  }

  /** Forgets experiments that ended when the run before was over and this one could not be told yet. */
  forgetAllBut(open: OpenExperiments): void {
    const numbers = new Set(open.map(({ number }) => number))
    for (const number of this.numbers) if (!numbers.has(number)) this.#running.delete(number)
  }

  /** Takes over what a run of version 0.1.0 left. */
  takeOver(open: OpenExperiments): void {
    for (const { number, kind } of open) this.#running.set(number, kind)
  }

  /** Starts the workflow of an experiment. */
  async start({ number, kind, request }: Planned, standing: RunStanding): Promise<void> {
    this.#running.set(number, kind)
    this.#ordered.add(number)
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
      }).finally(() => this.#ordered.delete(number))
      void child.result().then(
        () => this.#ended(number, false),
        (error: unknown) => (isCancellation(error) ? this.#ended(number, true) : this.#broken(number, error)),
      )
      if (this.#abandoned.has(number) && patched(CANCEL_WHEN_STARTED)) this.#cancel(number)
    })
  }

  /** Stops all that run, in favour of a later try. */
  abandon(): void {
    for (const number of this.numbers) this.#abandoned.add(number)
    this.cancel()
  }

  /** Asks all that run to stop; each is gone from here when nothing of it runs any more. */
  cancel(): void {
    for (const number of this.numbers)
      if (!this.#ordered.has(number) || !patched(CANCEL_WHEN_STARTED)) this.#cancel(number)
  }

  #cancel(number: number): void {
    getExternalWorkflowHandle(experimentWorkflowId(this.#tuningId, number))
      .cancel()
      .catch(() => log.info('the experiment was over before it could be cancelled', { number }))
  }

  #ended(number: number, cancelled: boolean): void {
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
