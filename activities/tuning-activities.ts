import type { Client } from '@temporalio/client'
import { recordAction } from '../database/actions.ts'
import type { Database } from '../database/connect.ts'
import {
  findExperiment,
  finishExperiment,
  listExperiments,
  setExperimentStage,
} from '../database/experiments.ts'
import { acquireLease, releaseLease, type Lease } from '../database/leases.ts'
import { listPlanned, planExperiment } from '../database/plans.ts'
import { findStop } from '../database/search-stop.ts'
import { currentRun, openRun, type TuningStanding } from '../database/standing.ts'
import { saveReport, setTuningState, type TuningProgress } from '../database/tunings.ts'
import type { ActionRequest } from '../domain/action.ts'
import type { LeaseRequest } from '../domain/allocation.ts'
import { pairsText } from '../domain/configuration-text.ts'
import { Diagnosis, isSharedTrouble } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import { durationMs } from '../domain/duration.ts'
import { judge, type ExperimentKind } from '../domain/experiment.ts'
import type { Measurement } from '../domain/measurement.ts'
import { metricLabel } from '../domain/metric-words.ts'
import { EXPERIMENT_ENDED_SIGNAL, experimentWorkflowId, tuningWorkflowId } from '../domain/temporal-names.ts'
import { mostLevels } from '../domain/statistics/load-search.ts'
import { objectiveMetric, type TuningSpec } from '../domain/tuning.ts'
import { programTimeoutMs } from '../engines/program.ts'
import { engineDefaults } from '../engines/index.ts'
import { leaseRequest } from '../engines/lease-request.ts'
import { createSearchThread } from '../search/thread/search-thread.ts'
import { searchProblem, searchTrials } from '../search/tuning-history.ts'
import type { EngineStartRef } from './running-engine.ts'
import { configurationFailed, tuningOrFail } from './failures.ts'
import { makePlan, type PlanRequest } from './plan.ts'
import { makeReport } from './report.ts'
import { signal, tellGranted } from './signals.ts'

/** An experiment as its workflow needs it. */
export interface Planned {
  number: number
  kind: ExperimentKind
  request: LeaseRequest
}

/** How a tuning stands, with what its workflow needs of the request. */
export type RunStanding = Omit<TuningStanding, 'spec'> & {
  engine: string
  model: string
  parallelism: number
  budget: { experiments: number; timeMs: number | null }
  /** The longest that one measurement can take. */
  measureTimeoutMs: number
  /** A host that does not take up work for this long is lost. */
  hostLostAfterMs: number
  /** Length of history after which a run is continued by another. */
  continueAfterEvents: number
}

export interface TuningActivityDependencies {
  db: Database
  client: Client
  hostLostAfterMs: number
  continueAfterEvents: number
  /** How often a disturbed measurement is repeated. */
  repeatDisturbed: number
}

/** Slack over a measurement's own times before it counts as hung. */
const MEASURE_SLACK_MS = 120_000

function measureTimeoutMs({ engine, workload }: TuningSpec, measurements: number): number {
  if (engine.kind === 'command') return programTimeoutMs(engine) + MEASURE_SLACK_MS
  const { duration, warmup, requestTimeout } = workload
  const once = durationMs(duration) + 2 * durationMs(warmup) + 3 * durationMs(requestTimeout)
  return measurements * levels(workload.load) * once + MEASURE_SLACK_MS
}

/** How many levels of load one measurement has, at most. */
function levels(load: TuningSpec['workload']['load']): number {
  return 'capacity' in load ? mostLevels(load.capacity) : 1
}

function noSuchHost({ devices, engine, runtime, labels }: LeaseRequest): Diagnosis {
  const wanted = pairsText(labels)
  const labelled = wanted === '' ? '' : ` labelled ${wanted}`
  return plainDiagnosis(
    'no_device',
    `no host${labelled} has ${devices} device${devices === 1 ? '' : 's'} for ${engine} by ${runtime}`,
    'See `redline hosts`; lower the parallel sizes or hardware.devices, or start a worker on a host that has them.',
  )
}

function beyondQuota({ devices }: LeaseRequest, project: string): Diagnosis {
  return plainDiagnosis(
    'no_device',
    `it needs ${devices} devices, more than the project ${project} may hold`,
    'Lower the parallel sizes or hardware.devices, or have an admin raise the quota: `redline project list`.',
  )
}

/** Answers came, and say nothing of the objective: neither would those of any other configuration. */
function objectiveMissing({ engine, objective }: TuningSpec, measurement: Measurement): string | null {
  const { metric } = objectiveMetric(objective)
  const { metrics, outcomes, clientLimited } = measurement
  const answered = engine.kind === 'command' || (outcomes.ok ?? 0) > 0
  if (metrics[metric] != null || clientLimited || !answered) return null
  return `its measurement has no ${metricLabel(metric)}, which is the objective`
}

/** Activities that any worker can run: they touch Postgres and Temporal only. */
export function createTuningActivities({
  db,
  client,
  hostLostAfterMs,
  continueAfterEvents,
  repeatDisturbed,
}: TuningActivityDependencies) {
  const tuningOf = (tuningId: string) => tuningOrFail(db, tuningId)
  const search = createSearchThread()

  return {
    /** Begins a run of a tuning's workflow: returns how the tuning stands. */
    async openRun(tuningId: string, runId: string): Promise<RunStanding> {
      await tuningOf(tuningId)
      const { spec, ...standing } = await openRun(db, tuningId, runId)
      const { engine, budget, parallelism } = spec
      return {
        ...standing,
        engine: engine.kind,
        model: engine.model,
        parallelism,
        budget: { experiments: budget.experiments, timeMs: budget.time ? durationMs(budget.time) : null },
        measureTimeoutMs: measureTimeoutMs(spec, 1 + repeatDisturbed),
        hostLostAfterMs,
        continueAfterEvents,
      }
    },

    async setTuningState(tuningId: string, progress: TuningProgress): Promise<void> {
      await setTuningState(db, tuningId, progress)
    },

    async recordAction(tuningId: string, key: string, request: ActionRequest): Promise<void> {
      await recordAction(db, tuningId, key, request)
    },

    /** Asks Temporal to cancel the tuning's workflow: durable, where a caller could die after having asked. */
    async requestCancellation(tuningId: string): Promise<void> {
      await client.workflow.getHandle(tuningWorkflowId(tuningId)).cancel()
    },

    /** Plans the experiment of a number; the same number gives the same plan. Null when there is nothing left to try. */
    async planExperiment(tuningId: string, number: number, wanted: PlanRequest): Promise<Planned | null> {
      const { spec } = await tuningOf(tuningId)
      const mayStop = wanted.kind === 'search' && spec.budget.stop !== 'off'
      if (mayStop && (await findStop(db, tuningId)) !== null) return null
      const plan = await planExperiment(db, tuningId, number, (history) =>
        makePlan(spec, history, wanted, search, () =>
          Promise.all(spec.transfer.map((earlier) => listPlanned(db, earlier))),
        ),
      )
      if (plan === null) return null
      return { number, kind: plan.kind, request: leaseRequest(spec, plan.configuration) }
    },

    /** Says why no configuration could work, when the baseline failed or lacks something that they all share; else null. */
    async findBaselineTrouble(tuningId: string): Promise<string | null> {
      const baseline = (await listPlanned(db, tuningId)).findLast(({ kind }) => kind === 'baseline')
      const experiment = baseline && (await findExperiment(db, tuningId, baseline.number))
      const result = experiment?.result ?? null
      if (result?.status === 'measured')
        return objectiveMissing((await tuningOf(tuningId)).spec, result.measurement)
      if (result?.status !== 'failed') return null
      const { kind, summary } = result.diagnosis
      return isSharedTrouble(kind) ? summary : null
    },

    /** Gives an experiment devices, or puts it in the queue and returns null. */
    async acquireLease(tuningId: string, number: number, request: LeaseRequest): Promise<Lease | null> {
      const { spec, project } = await tuningOf(tuningId)
      const workflowId = experimentWorkflowId(tuningId, number)
      const applicant = { workflowId, tuningId, project, number, priority: spec.priority, request }
      const { lease, impossible, granted } = await acquireLease(db, applicant)
      await tellGranted(client, granted)
      if (impossible === 'no_host') throw configurationFailed(noSuchHost(request))
      if (impossible === 'beyond_quota') throw configurationFailed(beyondQuota(request, project))
      return lease
    },

    /** Ends an experiment: nothing of it runs any more. Frees its devices and tells who waits for it. */
    async closeExperiment(
      { tuningId, number, attempt }: EngineStartRef,
      { parentRunId, cancelled }: { parentRunId: string | null; cancelled: boolean },
    ): Promise<void> {
      const granted = await releaseLease(db, experimentWorkflowId(tuningId, number))
      await setExperimentStage(db, tuningId, number, { stage: 'done', attempt })
      await tellGranted(client, granted)
      // The run that started it hears from Temporal; a later one has to be told.
      if ((await currentRun(db, tuningId)) === parentRunId) return
      await signal(client, tuningWorkflowId(tuningId), EXPERIMENT_ENDED_SIGNAL, number, cancelled)
    },

    /** Frees an experiment's devices, because their host is lost, so that it can get others. */
    async releaseLease(tuningId: string, number: number): Promise<void> {
      await tellGranted(client, await releaseLease(db, experimentWorkflowId(tuningId, number)))
    },

    /** Judges a measurement by the SLO and records it as the experiment's result. */
    async recordMeasurement(
      { tuningId, number, attempt }: EngineStartRef,
      measurement: Measurement,
    ): Promise<void> {
      await setExperimentStage(db, tuningId, number, { stage: 'recording', attempt })
      const { spec } = await tuningOf(tuningId)
      await finishExperiment(db, tuningId, number, judge(measurement, spec.constraints))
    },

    /** Records why an experiment has no measurement: a {@link Diagnosis}, as an activity's failure carried it. */
    async recordFailure(tuningId: string, number: number, given: unknown): Promise<void> {
      await tuningOf(tuningId)
      const diagnosis =
        Diagnosis.safeParse(given).data ??
        plainDiagnosis(
          'infrastructure',
          'the failure says nothing of its cause',
          'See the workflow in Temporal Web.',
        )
      await finishExperiment(db, tuningId, number, { status: 'failed', diagnosis })
    },

    async recordCancellation(tuningId: string, number: number): Promise<void> {
      await finishExperiment(db, tuningId, number, null)
    },

    /** Computes the report from what was recorded and keeps it. */
    async writeReport(tuningId: string): Promise<{ headline: string }> {
      const tuning = await tuningOf(tuningId)
      const defaults = engineDefaults(tuning.spec.engine.kind)
      const problem = searchProblem(tuning.spec, defaults)
      const report = makeReport(tuning, await listExperiments(db, tuningId), {
        stop: await findStop(db, tuningId),
        insight: await search.insight(problem, searchTrials(await listPlanned(db, tuningId))),
        defaults,
        now: new Date(),
      })
      await saveReport(db, tuningId, report)
      return { headline: report.headline }
    },
  }
}

export type TuningActivities = ReturnType<typeof createTuningActivities>
