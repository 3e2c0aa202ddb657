import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  ContinueAsNew,
  executeChild,
  isCancellation,
  proxyActivities,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { PlanRequest, TuningActivities } from '../activities/tuning-activities.ts'
import { durationMs } from '../domain/duration.ts'
import { experimentWorkflowId } from '../domain/temporal-names.ts'
import {
  refusal,
  type TuningAction,
  type TuningPhase,
  type TuningSpec,
  type TuningState,
} from '../domain/tuning.ts'
import { experimentWorkflow, type ExperimentInput } from './experiment.ts'
import {
  cancelUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  stateQuery,
  type ActionRequest,
} from './messages.ts'
import { SEARCH_ATTRIBUTES } from './search-attributes.ts'

/** What a run hands to the next one when its history has grown long. */
export interface TuningCarry {
  nextNumber: number
  phase: TuningPhase
  paused: boolean
  startedAtMs: number
  /** Experiments of the search that were planned. */
  searched: number
  /** Experiments of the confirmation that were run. */
  confirmed: number
}

export interface TuningInput {
  tuningId: string
  spec: TuningSpec
  carry?: TuningCarry
}

const activities = proxyActivities<TuningActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
})

/** Slack over a measurement's own times before it counts as hung. */
const MEASURE_SLACK_MS = 120_000

/**
 * One tuning: the baseline, then the search with `parallelism` experiments at a time, then the best and the baseline
 * in turn, then the report. Experiments are child workflows; everything found is in Postgres under the tuning's id.
 */
export async function tuningWorkflow({ tuningId, spec, carry }: TuningInput): Promise<TuningState> {
  let state: TuningState = carry?.paused === true ? 'paused' : 'running'
  let phase: TuningPhase = carry?.phase ?? 'baseline'
  let nextNumber = carry?.nextNumber ?? 0
  let searched = carry?.searched ?? 0
  let confirmed = carry?.confirmed ?? 0
  const startedAtMs = carry?.startedAtMs ?? Date.now()
  const running = new Set<number>()

  setHandler(stateQuery, () => state)
  setHandler(progressQuery, () => ({
    state,
    phase,
    running: [...running],
    finished: nextNumber - running.size,
    budget: spec.budget.experiments,
  }))
  const validate = (action: TuningAction) => (_request: ActionRequest) => {
    const reason = refusal(action, state)
    if (reason !== null) throw new Error(reason)
  }
  setHandler(pauseUpdate, (request) => act('pause', 'paused', request), { validator: validate('pause') })
  setHandler(resumeUpdate, (request) => act('resume', 'running', request), { validator: validate('resume') })
  setHandler(
    cancelUpdate,
    async (request) => {
      if (state === 'cancelling') return state
      await act('cancel', 'cancelling', request)
      await CancellationScope.nonCancellable(() => activities.requestCancellation(tuningId))
      return state
    },
    { validator: validate('cancel') },
  )

  try {
    await enter(phase)
    if (phase === 'baseline') await measureBaseline()
    if (phase === 'search') await search()
    if (phase === 'confirmation') await confirm()
    await enter('report')
    const { headline } = await activities.writeReport(tuningId)
    return await finish('completed', headline)
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    return await CancellationScope.nonCancellable(() => end(error))
  }

  /** Ends a tuning that was cancelled or cannot go on: when this says so, nothing of it runs any more. */
  async function end(error: unknown): Promise<never> {
    const cancelled = isCancellation(error)
    if (cancelled && state !== 'cancelling') {
      state = 'cancelling'
      await activities.setTuningState(tuningId, { state, phase })
    }
    await condition(() => running.size === 0)
    await activities.writeReport(tuningId)
    const message = cancelled ? null : (rootCause(error) ?? String(error))
    await finish(cancelled ? 'cancelled' : 'failed', message)
    throw cancelled ? error : ApplicationFailure.nonRetryable(message ?? 'failed')
  }

  /** Takes an action that its validator let through: the state changes at once, so that a second one is judged by it. */
  async function act(
    action: TuningAction,
    next: TuningState,
    { by, reason }: ActionRequest,
  ): Promise<TuningState> {
    state = next
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: next }])
    await CancellationScope.nonCancellable(async () => {
      await activities.recordAction(tuningId, { action, by, reason })
      await activities.setTuningState(tuningId, { state: next, phase })
    })
    return next
  }

  async function enter(next: TuningPhase): Promise<void> {
    phase = next
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }])
    await activities.setTuningState(tuningId, { state, phase })
  }

  async function finish(
    final: 'completed' | 'cancelled' | 'failed',
    message: string | null,
  ): Promise<TuningState> {
    state = final
    await condition(allHandlersFinished)
    await activities.setTuningState(tuningId, { state: final, phase: 'done', message })
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: final }])
    return final
  }

  async function measureBaseline(): Promise<void> {
    await runExperiment({ kind: 'baseline' })
    const trouble = await activities.findBaselineTrouble(tuningId)
    if (trouble !== null) throw ApplicationFailure.nonRetryable(`the baseline could not be tried: ${trouble}`)
    await enter('search')
  }

  async function search(): Promise<void> {
    let usedUp = false
    const failures: unknown[] = []
    const mayStart = () => state === 'running' && running.size < spec.parallelism
    while (!usedUp && searched < spec.budget.experiments && !outOfTime()) {
      await condition(() => mayStart() || failures.length > 0)
      if (failures.length > 0 || outOfTime()) break
      await continueIfLong()
      searched++
      // Planned one by one, so that each suggestion knows those before it.
      const number = await plan({ kind: 'search' })
      if (number === null) usedUp = true
      else run(number).catch((error: unknown) => failures.push(error))
    }
    await condition(() => running.size === 0)
    if (failures.length > 0) throw failures[0]
    await enter('confirmation')
  }

  /** Measures the best and the baseline in turn (ABBA), each on a fresh start, one at a time. */
  async function confirm(): Promise<void> {
    const best = await activities.findBest(tuningId)
    if (best === null || best.isBaseline) return
    while (confirmed < 2 * spec.confirmation.pairs) {
      await condition(() => state === 'running')
      await continueIfLong()
      const pair = Math.floor(confirmed / 2)
      const first = pair % 2 === 0 ? 'baseline' : 'best'
      const second = pair % 2 === 0 ? 'best' : 'baseline'
      await runExperiment({ kind: 'confirmation', role: confirmed % 2 === 0 ? first : second, pair })
      confirmed++
    }
  }

  function outOfTime(): boolean {
    const { time } = spec.budget
    return time !== undefined && Date.now() - startedAtMs >= durationMs(time)
  }

  async function runExperiment(request: PlanRequest): Promise<void> {
    await condition(() => state === 'running')
    const number = await plan(request)
    if (number !== null) await run(number)
  }

  async function plan(request: PlanRequest): Promise<number | null> {
    const planned = await activities.planExperiment(tuningId, nextNumber, request)
    return planned === null ? null : nextNumber++
  }

  async function run(number: number): Promise<void> {
    running.add(number)
    const { duration, warmup, requestTimeout } = spec.workload
    const measureTimeoutMs =
      durationMs(duration) + 2 * durationMs(warmup) + 3 * durationMs(requestTimeout) + MEASURE_SLACK_MS
    try {
      const input: ExperimentInput = { tuningId, number, measureTimeoutMs }
      await executeChild(experimentWorkflow, {
        workflowId: experimentWorkflowId(tuningId, number),
        args: [input],
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.engine, value: spec.engine.kind },
          { key: SEARCH_ATTRIBUTES.model, value: spec.engine.model },
        ],
      })
    } finally {
      running.delete(number)
    }
  }

  async function continueIfLong(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return
    await condition(() => running.size === 0 && allHandlersFinished())
    const paused = state === 'paused'
    await continueAsNew<typeof tuningWorkflow>({
      tuningId,
      spec,
      carry: { nextNumber, phase, paused, startedAtMs, searched, confirmed },
    })
  }
}
