import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Database } from '../database/connect.ts'
import {
  finishExperiment,
  listExperiments,
  planExperiment,
  setExperimentStage,
  summarize,
  type StoredExperiment,
} from '../database/experiments.ts'
import { acquireLease, releaseLease, type Lease } from '../database/leases.ts'
import { recordAction, saveReport, setTuningState, type TuningProgress } from '../database/tunings.ts'
import type { Diagnosis, DiagnosisKind } from '../domain/diagnosis.ts'
import { judge, type ConfirmationRole, type ExperimentPlan } from '../domain/experiment.ts'
import { bestOf } from '../domain/history.ts'
import type { Measurement } from '../domain/measurement.ts'
import { experimentWorkflowId, LEASE_SIGNAL, tuningWorkflowId } from '../domain/temporal-names.ts'
import type { TuningAction } from '../domain/tuning.ts'
import { suggest } from '../search/suggest.ts'
import type { z } from 'zod'
import type { EngineStartRef } from './engine-activities.ts'
import { tuningOrFail } from './failures.ts'
import { makeReport } from './report.ts'

/** Failures that have nothing to do with the values of parameters. */
const SHARED_TROUBLE: DiagnosisKind[] = [
  'not_installed',
  'model_missing',
  'model_unreadable',
  'image_missing',
  'login_required',
  'device_missing',
  'not_allowed',
  'infrastructure',
]

/** What the experiment of a number is to be. */
export type PlanRequest =
  | { kind: 'baseline' }
  | { kind: 'search' }
  | { kind: 'confirmation'; role: z.infer<typeof ConfirmationRole>; pair: number }

export interface TuningActivityDependencies {
  db: Database
  client: Client
}

/** Activities that any worker can run: they touch Postgres and Temporal only. */
export function createTuningActivities({ db, client }: TuningActivityDependencies) {
  const tuningOf = (tuningId: string) => tuningOrFail(db, tuningId)

  /** A workflow that does not wait any more needs no waking. */
  async function signalWaiting(workflowIds: string[]): Promise<void> {
    for (const workflowId of workflowIds) {
      await client.workflow.getHandle(workflowId).signal(LEASE_SIGNAL).catch(ignoreMissingWorkflow)
    }
  }

  return {
    async setTuningState(tuningId: string, progress: TuningProgress): Promise<void> {
      await setTuningState(db, tuningId, progress)
    },

    async recordAction(
      tuningId: string,
      action: { action: TuningAction; by: string; reason: string | null },
    ): Promise<void> {
      await recordAction(db, tuningId, action)
    },

    /** Asks Temporal to cancel the tuning's workflow: durable, where a caller could die after having asked. */
    async requestCancellation(tuningId: string): Promise<void> {
      await client.workflow.getHandle(tuningWorkflowId(tuningId)).cancel()
    },

    /** Plans the experiment of a number; the same number gives the same plan. Null when there is nothing left to try. */
    async planExperiment(
      tuningId: string,
      number: number,
      request: PlanRequest,
    ): Promise<ExperimentPlan | null> {
      const { spec } = await tuningOf(tuningId)
      return planExperiment(db, tuningId, number, (history) => planOf(request, history))

      function planOf(
        wanted: PlanRequest,
        history: StoredExperiment[],
      ): Omit<ExperimentPlan, 'number'> | null {
        if (wanted.kind === 'baseline') {
          const reason =
            Object.keys(spec.baseline).length === 0
              ? "the engine's defaults"
              : 'the configuration to compare with'
          return { kind: 'baseline', configuration: spec.baseline, reason, role: null, pair: null }
        }
        if (wanted.kind === 'confirmation') {
          const { role, pair } = wanted
          const configuration =
            role === 'baseline' ? spec.baseline : bestOf(history, spec.objective)?.configuration
          if (configuration === undefined) return null
          return {
            kind: 'confirmation',
            configuration,
            reason: `confirm the ${role}, pair ${pair + 1}`,
            role,
            pair,
          }
        }
        const problem = { space: spec.space, rules: spec.rules, fixed: spec.engine.args }
        const [suggestion] = suggest(problem, history, 1, spec.seed)
        return suggestion === undefined ? null : { kind: 'search', ...suggestion, role: null, pair: null }
      }
    },

    /** Says why no configuration could work, when the baseline failed of something that they all share; else null. */
    async findBaselineTrouble(tuningId: string): Promise<string | null> {
      const baseline = (await listExperiments(db, tuningId)).find(({ kind }) => kind === 'baseline')
      if (baseline?.result?.status !== 'failed') return null
      const { kind, summary } = baseline.result.diagnosis
      return SHARED_TROUBLE.includes(kind) ? summary : null
    },

    /** Returns the number of the best experiment so far, and whether it is the baseline. */
    async findBest(tuningId: string): Promise<{ number: number; isBaseline: boolean } | null> {
      const { spec } = await tuningOf(tuningId)
      const best = bestOf(await listExperiments(db, tuningId), spec.objective)
      return best === null ? null : { number: best.number, isBaseline: best.kind === 'baseline' }
    },

    /** Gives an experiment a device, or puts it in the queue and returns null. */
    async acquireLease(tuningId: string, number: number): Promise<Lease | null> {
      const { spec } = await tuningOf(tuningId)
      return acquireLease(db, experimentWorkflowId(tuningId, number), spec.engine.kind)
    },

    /** Ends an experiment: nothing of it runs any more. Frees its device and wakes who waits for one. */
    async closeExperiment({ tuningId, number, attempt }: EngineStartRef): Promise<void> {
      const waiting = await releaseLease(db, experimentWorkflowId(tuningId, number))
      await setExperimentStage(db, tuningId, number, { stage: 'done', attempt })
      await signalWaiting(waiting)
    },

    /** Frees an experiment's device, because its host is lost, so that it can get another. */
    async releaseLease(tuningId: string, number: number): Promise<void> {
      await signalWaiting(await releaseLease(db, experimentWorkflowId(tuningId, number)))
    },

    /** Judges a measurement by the SLO and records it as the experiment's result. */
    async recordMeasurement(
      { tuningId, number, attempt }: EngineStartRef,
      measurement: Measurement,
    ): Promise<void> {
      await setExperimentStage(db, tuningId, number, { stage: 'recording', attempt })
      const { spec } = await tuningOf(tuningId)
      const result = judge(measurement, spec.constraints)
      await finishExperiment(db, tuningId, number, {
        state: 'completed',
        result,
        summary: summarize(result, spec),
      })
    },

    /** Records why an experiment has no measurement. */
    async recordFailure(tuningId: string, number: number, diagnosis: Diagnosis): Promise<void> {
      const { spec } = await tuningOf(tuningId)
      const result = { status: 'failed' as const, diagnosis }
      await finishExperiment(db, tuningId, number, {
        state: 'failed',
        result,
        summary: summarize(result, spec),
      })
    },

    async recordCancellation(tuningId: string, number: number): Promise<void> {
      await finishExperiment(db, tuningId, number, { state: 'cancelled', result: null, summary: 'cancelled' })
    },

    /** Computes the report from what was recorded and keeps it. */
    async writeReport(tuningId: string): Promise<{ headline: string }> {
      const report = makeReport(await tuningOf(tuningId), await listExperiments(db, tuningId), new Date())
      await saveReport(db, tuningId, report)
      return { headline: report.headline }
    },
  }
}

function ignoreMissingWorkflow(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error
}

export type TuningActivities = ReturnType<typeof createTuningActivities>
