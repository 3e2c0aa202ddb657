import { TuningSpec } from '../domain/tuning.ts'
import type { ExperimentKind } from '../domain/experiment.ts'
import type { Database } from './connect.ts'
import { listPlanned } from './plans.ts'
import { lockTuning } from './tunings.ts'

/** How a tuning stands when a run of its workflow begins: all that the run needs to go on. */
export interface TuningStanding {
  spec: TuningSpec
  nextNumber: number
  /** Experiments of the search that count against the budget: cancelled ones do not. */
  searched: number
  hasBaseline: boolean
  /** Numbers of experiments that are not over; their workflows tell this run when they are. */
  open: { number: number; kind: ExperimentKind }[]
  /** How long the tuning has been running in earlier runs, in ms. */
  spentMs: number
}

/**
 * Makes a run the one that hears of the ends of experiments, and returns how the tuning stands. Under the lock that
 * the end of an experiment takes too, so that no end is missed between two runs.
 */
export async function openRun(db: Database, tuningId: string, runId: string): Promise<TuningStanding> {
  return db.transaction().execute(async (trx) => {
    const { spec } = await lockTuning(trx, tuningId)
    const { spent_ms } = await trx
      .updateTable('tunings')
      .set({ run_id: runId })
      .where('id', '=', tuningId)
      .returning('spent_ms')
      .executeTakeFirstOrThrow()
    const planned = await listPlanned(trx, tuningId)
    const wentOn = planned.some(({ kind }) => kind !== 'baseline')
    return {
      spec: TuningSpec.parse(spec),
      nextNumber: (planned.at(-1)?.number ?? -1) + 1,
      searched: planned.filter(
        ({ kind, state, replaces }) => kind === 'search' && state !== 'cancelled' && replaces === null,
      ).length,
      hasBaseline: planned.some(
        ({ kind, state }) =>
          kind === 'baseline' &&
          (state === 'completed' || state === 'running' || (state === 'failed' && wentOn)),
      ),
      open: planned.filter(({ stage }) => stage !== 'done').map(({ number, kind }) => ({ number, kind })),
      spentMs: spent_ms,
    }
  })
}

/** Returns the run that hears of the ends of a tuning's experiments; null before the first. */
export async function currentRun(db: Database, tuningId: string): Promise<string | null> {
  const row = await db.selectFrom('tunings').select('run_id').where('id', '=', tuningId).executeTakeFirst()
  return row?.run_id ?? null
}
