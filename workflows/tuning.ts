import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  ContinueAsNew,
  currentUpdateInfo,
  isCancellation,
  patched,
  proxyActivities,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { PlanRequest } from '../activities/plan.ts'
import type { Planned, RunStanding, TuningActivities } from '../activities/tuning-activities.ts'
import type { WebhookActivities } from '../activities/webhook-activities.ts'
import type { ActionRequest } from '../domain/action.ts'
import { ACTION_NAMES, refusal, type ActionName } from '../domain/action-rules.ts'
import { durationMs } from '../domain/duration.ts'
import { TUNING_FINISHED } from '../domain/temporal-names.ts'
import { isFinished, type TuningPhase, type TuningState } from '../domain/tuning-state.ts'
import { QUICK } from './activity-options.ts'
import { Children, type OpenExperiments } from './children.ts'
import { ACTION_UPDATES, openedUpdate, progressQuery, stateQuery, type ActionOutcome } from './messages.ts'
import { SEARCH_ATTRIBUTES } from './search-attributes.ts'
import { Stopwatch } from './stopwatch.ts'

/** What a run hands to the next one when its history has grown long; the rest is in Postgres. */
export interface TuningCarry {
  state: TuningState
  phase: TuningPhase
  finishing: boolean
  usedUp: boolean
  /** Planned, not started. */
  queued: Planned[]
  again: number[]
  /** Started, and not known to be over; a run of version 0.1.0 did not tell. */
  running?: OpenExperiments
  spentMs: number
}

export interface TuningInput {
  tuningId: string
  /** The action that opened a finished tuning again. */
  reopenedBy?: ActionRequest
  carry?: TuningCarry
}

/** What the tuning does next: plan an experiment, start a planned one, judge the baseline, wait, or report. */
type Step = { plan: PlanRequest } | 'start' | 'judge' | 'wait' | 'report'

const activities = proxyActivities<TuningActivities & WebhookActivities>(QUICK)

/**
 * One tuning: the baseline, then the search with `parallelism` experiments at a time and whatever people add, then the
 * best and the baseline in turn, then the report. Experiments are child workflows; everything found is in Postgres
 * under the tuning's id, and each run begins by reading how the tuning stands.
 */
export async function tuningWorkflow({ tuningId, reopenedBy, carry }: TuningInput): Promise<TuningState> {
  const { runId } = workflowInfo()
  let state: TuningState = carry?.state ?? 'running'
  let phase: TuningPhase = carry?.phase ?? 'waiting'
  let finishing = carry?.finishing ?? false
  let usedUp = carry?.usedUp ?? false
  let confirmed = false
  /** What the action that opened the tuning again came to; undefined until then. */
  let reopening: ActionOutcome | undefined
  let standing: RunStanding | null = null
  let clock = new Stopwatch(carry?.spentMs ?? 0, state === 'running')
  let planning: Promise<unknown> = Promise.resolve()
  const queued: Planned[] = [...(carry?.queued ?? [])]
  /** Experiments that people asked for, that were abandoned, and that are to be planned again. */
  const again: number[] = [...(carry?.again ?? [])]

  const children = new Children(tuningId, carry?.running ?? [], (number, kind) => {
    if (kind === 'manual') again.push(number)
    if (kind === 'baseline' && standing !== null) standing.hasBaseline = false
    if (kind === 'search' && standing !== null) standing.searched--
  })
  setHandler(stateQuery, () => state)
  setHandler(progressQuery, () => ({
    state,
    phase,
    running: children.numbers,
    finished: standing === null ? 0 : standing.nextNumber - children.size - queued.length,
    budget: standing?.budget.experiments ?? 0,
  }))
  setHandler(openedUpdate, async () => {
    await condition(() => reopening !== undefined)
    return reopening ?? { state, experiment: null }
  })
  for (const name of ACTION_NAMES) {
    setHandler(ACTION_UPDATES[name], act, {
      validator: (request: ActionRequest) => validate(name, request),
    })
  }

  try {
    const opened = await open()
    for (;;) {
      await condition(() => nextStep(opened) !== 'wait')
      if (workflowInfo().historyLength > opened.continueAfterEvents) await continueRun()
      const step = nextStep(opened)
      if (step === 'start') await startNext(opened)
      else if (step === 'judge') await judgeBaseline()
      else if (step === 'report') {
        const headline = await report()
        // Somebody may have asked for more meanwhile, or be about to.
        await condition(allHandlersFinished)
        if (nextStep(opened) === 'report') return await finish('completed', headline)
      } else if (step !== 'wait') await planNext(step.plan, opened)
    }
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    return await CancellationScope.nonCancellable(() => end(error))
  }

  async function open(): Promise<RunStanding> {
    const opened = await activities.openRun(tuningId, runId)
    // After the standing was read: what the action changes of it is done below, as for one that comes later.
    if (reopenedBy !== undefined) await activities.recordAction(tuningId, `${runId}/reopened`, reopenedBy)
    if (carry === undefined || carry.running !== undefined) children.forgetAllBut(opened.open)
    else children.takeOver(opened.open.filter(({ number }) => queued.every((one) => one.number !== number)))
    if (carry === undefined) clock = new Stopwatch(opened.spentMs, true)
    standing = opened
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }])
    const experiment = reopenedBy === undefined ? null : await perform(reopenedBy, opened)
    reopening = { state, experiment }
    if (carry === undefined) await enter(opened.hasBaseline ? 'search' : 'baseline')
    return opened
  }

  function nextStep(opened: RunStanding): Step {
    if (state !== 'running') return 'wait'
    const mayStart = children.size < opened.parallelism
    if (queued.length > 0) return mayStart ? 'start' : 'wait'
    if (phase === 'baseline') {
      if (children.size > 0) return 'wait'
      return opened.hasBaseline ? 'judge' : { plan: { kind: 'baseline' } }
    }
    const [abandoned] = again
    if (abandoned !== undefined)
      return { plan: { kind: 'again', of: abandoned, replaces: false, by: 'redline' } }
    const { searched, budget } = opened
    const outOfTime = budget.timeMs !== null && clock.spentMs >= budget.timeMs
    if (!finishing && !usedUp && !outOfTime && searched < budget.experiments)
      return mayStart ? { plan: { kind: 'search' } } : 'wait'
    if (children.size > 0) return 'wait'
    return confirmed ? 'report' : { plan: { kind: 'confirmation' } }
  }

  /** Plans one experiment, so that each suggestion knows those before it. */
  async function planNext(wanted: PlanRequest, opened: RunStanding): Promise<void> {
    if (wanted.kind === 'search' || wanted.kind === 'confirmation') await enter(wanted.kind)
    const planned = await plan(wanted, opened)
    if (wanted.kind === 'again') again.shift()
    if (wanted.kind === 'baseline') opened.hasBaseline = true
    if (wanted.kind === 'search' && planned !== null) opened.searched++
    if (wanted.kind === 'search' && planned === null) usedUp = true
    if (wanted.kind === 'confirmation' && planned === null) confirmed = true
  }

  /** Plans take turns, so that each has its number; what was planned is queued even when the tuning is being cancelled. */
  function plan(wanted: PlanRequest, opened: RunStanding): Promise<Planned | null> {
    const next = planning.then(() =>
      CancellationScope.nonCancellable(async () => {
        const planned = await activities.planExperiment(tuningId, opened.nextNumber, wanted)
        if (planned === null) return null
        opened.nextNumber++
        queued.push(planned)
        return planned
      }),
    )
    planning = next.catch(() => undefined)
    return next
  }

  async function startNext(opened: RunStanding): Promise<void> {
    const planned = queued.shift()
    if (phase === 'report') await enter('search')
    if (planned !== undefined) await children.start(planned, opened)
  }

  async function judgeBaseline(): Promise<void> {
    const trouble = await activities.findBaselineTrouble(tuningId)
    if (trouble !== null) throw ApplicationFailure.nonRetryable(`the baseline could not be tried: ${trouble}`)
    await enter('search')
  }

  async function report(): Promise<string> {
    await enter('report')
    return (await activities.writeReport(tuningId)).headline
  }

  function validate(name: ActionName, { what }: ActionRequest): void {
    if (what.action !== name) throw new Error(`the update is called ${name} and asks for ${what.action}`)
    if (isFinished(state)) throw ApplicationFailure.nonRetryable(`the tuning is ${state}`, TUNING_FINISHED)
    const reason = refusal(name, state)
    if (reason !== null) throw new Error(reason)
    if (what.action !== 'rerun' && what.action !== 'exclude') return
    const { experiment } = what.arguments
    if (standing !== null && experiment >= standing.nextNumber)
      throw new Error(`there is no experiment ${experiment}`)
    if (children.numbers.includes(experiment)) throw new Error(`experiment ${experiment} still runs`)
  }

  /** Takes an action that its validator let through: the state changes at once, so that the next is judged by it. */
  async function act(request: ActionRequest): Promise<ActionOutcome> {
    if (request.what.action === 'cancel' && state === 'cancelling') return { state, experiment: null }
    const before = state
    moveTo(stateAfter(request))
    return CancellationScope.nonCancellable(async () => {
      await condition(() => standing !== null)
      await activities.recordAction(tuningId, `${runId}/${currentUpdateInfo()?.id}`, request)
      if (state !== before)
        await activities.setTuningState(tuningId, { state, phase, spentMs: clock.spentMs })
      const experiment = standing === null ? null : await perform(request, standing)
      return { state, experiment }
    })
  }

  function stateAfter({ what: { action } }: ActionRequest): TuningState {
    if (action === 'pause') return 'paused'
    if (action === 'cancel') return 'cancelling'
    return action === 'resume' || action === 'finish' ? 'running' : state
  }

  function moveTo(next: TuningState): void {
    if (next === state) return
    state = next
    runClock()
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: next }])
  }

  /** Does what an action means for experiments; returns the number of one that it planned. */
  async function perform({ what, by }: ActionRequest, opened: RunStanding): Promise<number | null> {
    confirmed = false
    switch (what.action) {
      case 'pause':
        if (what.arguments.running === 'abandon') children.abandon()
        return null
      case 'finish':
        finishing = true
        if (what.arguments.running === 'abandon') children.abandon()
        return null
      case 'extend': {
        const { experiments = 0, time } = what.arguments
        finishing = false
        // The search may have ended because no gain was worth its cost: an extension says that it is.
        if (usedUp && patched('extend-searches-on')) usedUp = false
        opened.budget.experiments += experiments
        if (time !== undefined && opened.budget.timeMs !== null) opened.budget.timeMs += durationMs(time)
        return null
      }
      case 'add': {
        const { configuration } = what.arguments
        return (await plan({ kind: 'manual', configuration, by }, opened))?.number ?? null
      }
      case 'rerun': {
        const { experiment } = what.arguments
        return (await plan({ kind: 'again', of: experiment, replaces: true, by }, opened))?.number ?? null
      }
      case 'adjust':
        opened.parallelism = what.arguments.parallelism ?? opened.parallelism
        return null
      case 'cancel':
        await activities.requestCancellation(tuningId)
        return null
      case 'resume':
      case 'exclude':
        return null
    }
  }

  /** The time of the budget is the search's. */
  function runClock(): void {
    const searches = (phase !== 'confirmation' && phase !== 'report') || !patched('clock-of-search')
    clock.run(state === 'running' && searches)
  }

  async function enter(next: TuningPhase): Promise<void> {
    if (next === phase) return
    phase = next
    if (patched('clock-of-search')) runClock()
    await activities.setTuningState(tuningId, { state, phase, spentMs: clock.spentMs })
  }

  async function finish(
    final: 'completed' | 'cancelled' | 'failed',
    message: string | null,
  ): Promise<TuningState> {
    moveTo(final)
    await condition(allHandlersFinished)
    const progress = { state: final, phase: 'done', message, spentMs: clock.spentMs } as const
    await activities.setTuningState(tuningId, progress)
    if (patched('announce-end')) await activities.announceEnd(tuningId)
    return final
  }

  /** Ends a tuning that was cancelled or cannot go on: when this says so, nothing of it runs any more. */
  async function end(error: unknown): Promise<never> {
    const cancelled = isCancellation(error)
    if (cancelled && state !== 'cancelling') {
      moveTo('cancelling')
      await activities.setTuningState(tuningId, { state, phase, spentMs: clock.spentMs })
    }
    moveTo('cancelling')
    await condition(allHandlersFinished)
    children.cancel()
    await planning
    for (const { number } of queued.splice(0)) {
      await activities.recordCancellation(tuningId, number)
      await activities.closeExperiment(
        { tuningId, number, attempt: 1 },
        { parentRunId: runId, cancelled: true },
      )
    }
    await condition(() => children.size === 0)
    await activities.writeReport(tuningId)
    const message = cancelled ? null : (rootCause(error) ?? String(error))
    await finish(cancelled ? 'cancelled' : 'failed', message)
    throw cancelled ? error : ApplicationFailure.nonRetryable(message ?? 'failed')
  }

  /** Hands over to a fresh run, if it can now; experiments live on, and tell the new run of their end. */
  async function continueRun(): Promise<void> {
    await condition(allHandlersFinished)
    await planning
    const running = children.left
    if (running === null) return
    await continueAsNew<typeof tuningWorkflow>({
      tuningId,
      carry: { state, phase, finishing, usedUp, queued, again, running, spentMs: clock.spentMs },
    })
  }
}
