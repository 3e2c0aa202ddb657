import { sql } from 'kysely'
import { z } from 'zod'
import { CutShort } from '../domain/cut-short.ts'
import { DiagnosisKind } from '../domain/diagnosis.ts'
import { ExperimentPlan, type ExperimentStage, type ExperimentState } from '../domain/experiment.ts'
import { Metrics } from '../domain/metric.ts'
import { Configuration } from '../domain/parameter.ts'
import type { Connection, Database } from './connect.ts'
import { appendEvents } from './events.ts'
import { withOutcome } from './outcomes.ts'
import { recordStop, type SearchStop } from './search-stop.ts'
import { lockTuning } from './tunings.ts'

/** What was planned, and how it stands: light enough to be read for thousands of experiments. */
export type PlannedExperiment = ExperimentPlan & {
  state: ExperimentState
  stage: ExperimentStage
  excluded: boolean
  /** The objective's value; null when it has none. */
  objective: number | null
  /** Whether it met every constraint; null before it is measured. */
  feasible: boolean | null
  outcome: PlannedOutcome | null
  /** From the start of its engine to its result; null while it has none. */
  durationS: number | null
}

/** What a search needs of a result; the rest of it is much larger. */
const PlannedOutcome = z.object({
  failure: DiagnosisKind.nullable(),
  /** Failed requests count as infinitely late. */
  metrics: Metrics.nullable(),
  clientLimited: z.boolean().nullable(),
  cutShort: CutShort.nullable(),
})
type PlannedOutcome = z.infer<typeof PlannedOutcome>

/** Returns the plans of a tuning in the order of their numbers. */
export async function listPlanned(db: Connection, tuningId: string): Promise<PlannedExperiment[]> {
  const rows = await db
    .selectFrom('experiments')
    .select(['number', 'kind', 'configuration', 'reason', 'role', 'pair', 'confirms', 'replaces'])
    .select('hurdle')
    .select(['state', 'stage', 'excluded', 'objective', 'feasible'])
    .select(sql<number | null>`extract(epoch from finished_at - started_at)::float`.as('durationS'))
    .select(
      sql<unknown>`case when result is null then null else json_build_object(
        'failure', result->'diagnosis'->'kind',
        'metrics', result->'measurement'->'metricsWithFailures',
        'clientLimited', result->'measurement'->'clientLimited',
        'cutShort', result->'measurement'->'cutShort') end`.as('outcome'),
    )
    .where('tuning_id', '=', tuningId)
    .orderBy('number')
    .execute()
  return rows.map((row) => ({
    ...row,
    configuration: Configuration.parse(row.configuration),
    outcome: row.outcome === null ? null : PlannedOutcome.parse(row.outcome),
  }))
}

/** A plan without what only some have. */
export type NewPlan = Pick<ExperimentPlan, 'kind' | 'configuration' | 'reason'> & Partial<ExperimentPlan>

type Made = NewPlan | SearchStop | null

const ORDINARY = { role: null, pair: null, confirms: null, replaces: null, hurdle: null }

/**
 * Plans the experiment of a number, once: the plan made first is returned however often this is called.
 * `makePlan` gets what the tuning knows so far, and again what it knows then when another experiment was planned
 * meanwhile; null from it plans nothing, nor does the end of the search, which is recorded. It may take its time:
 * nothing is locked while it thinks.
 */
export async function planExperiment(
  db: Database,
  tuningId: string,
  number: number,
  makePlan: (history: PlannedExperiment[]) => Made | Promise<Made>,
): Promise<ExperimentPlan | null> {
  for (;;) {
    const history = await listPlanned(db, tuningId)
    const existing = history.find((experiment) => experiment.number === number)
    if (existing !== undefined) return ExperimentPlan.parse(existing)
    const made = await makePlan(history)
    if (made === null) return null
    if ('expectedGain' in made) {
      await db.transaction().execute(async (trx) => {
        await lockTuning(trx, tuningId)
        await recordStop(trx, tuningId, made)
      })
      return null
    }
    const plan = { number, ...ORDINARY, ...made }
    if (await storePlan(db, tuningId, plan, history.length)) return plan
  }
}

/** Stores a plan that was made when `known` experiments were; false when there are others now. */
async function storePlan(
  db: Database,
  tuningId: string,
  plan: ExperimentPlan,
  known: number,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { planned_count } = await lockTuning(trx, tuningId)
    if (planned_count !== known) return false
    await trx
      .insertInto('experiments')
      .values({
        ...plan,
        configuration: JSON.stringify(plan.configuration),
        tuning_id: tuningId,
        state: 'running',
        stage: 'waiting',
      })
      .execute()
    await trx
      .updateTable('tunings')
      .set({ planned_count: known + 1, outcomes: withOutcome(plan.number, 'r') })
      .where('id', '=', tuningId)
      .execute()
    const { number, kind, configuration, reason, role, pair } = plan
    await appendEvents(trx, tuningId, [
      { type: 'experiment.planned', experiment: number, kind, configuration, reason, role, pair },
    ])
    return true
  })
}
