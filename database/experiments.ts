import { sql, type Selectable, type Transaction } from 'kysely'
import { z } from 'zod'
import { CutShort, cutShortText } from '../domain/cut-short.ts'
import { DiagnosisKind } from '../domain/diagnosis.ts'
import type { TuningEventBody } from '../domain/event.ts'
import {
  ExperimentConditions,
  ExperimentPlan,
  ExperimentResult,
  type ExperimentStage,
} from '../domain/experiment.ts'
import { isFeasible, objectiveValue } from '../domain/history.ts'
import { Metrics } from '../domain/metric.ts'
import { Configuration } from '../domain/parameter.ts'
import { objectiveMetric, TuningSpec, type Objectives } from '../domain/tuning.ts'
import type { Connection, Database } from './connect.ts'
import { announceChange, appendEvents } from './events.ts'
import { recordStop, type SearchStop } from './search-stop.ts'
import type { ExperimentsTable, Schema } from './schema.ts'

/** An experiment as stored. */
export type StoredExperiment = Omit<
  Selectable<ExperimentsTable>,
  'configuration' | 'result' | 'conditions'
> & {
  configuration: Configuration
  result: ExperimentResult | null
  conditions: ExperimentConditions | null
}

function stored(row: Selectable<ExperimentsTable>): StoredExperiment {
  return {
    ...row,
    configuration: Configuration.parse(row.configuration),
    result: row.result === null ? null : ExperimentResult.parse(row.result),
    conditions: row.conditions === null ? null : ExperimentConditions.parse(row.conditions),
  }
}

/** Returns all experiments of a tuning in the order of their numbers. */
export async function listExperiments(db: Connection, tuningId: string): Promise<StoredExperiment[]> {
  const rows = await db
    .selectFrom('experiments')
    .selectAll()
    .where('tuning_id', '=', tuningId)
    .orderBy('number')
    .execute()
  return rows.map(stored)
}

export async function findExperiment(
  db: Connection,
  tuningId: string,
  number: number,
): Promise<StoredExperiment | null> {
  const row = await db
    .selectFrom('experiments')
    .selectAll()
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row === undefined ? null : stored(row)
}

/** What was planned, and how it stands: light enough to be read for thousands of experiments. */
export type PlannedExperiment = ExperimentPlan & {
  state: StoredExperiment['state']
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
  metrics: Metrics.nullable(),
  metricsWithFailures: Metrics.nullable(),
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
        'metrics', result->'measurement'->'metrics',
        'metricsWithFailures', result->'measurement'->'metricsWithFailures',
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
      .set({ planned_count: known + 1 })
      .where('id', '=', tuningId)
      .execute()
    const { number, kind, configuration, reason, role, pair } = plan
    await appendEvents(trx, tuningId, [
      { type: 'experiment.planned', experiment: number, kind, configuration, reason, role, pair },
    ])
    return true
  })
}

/** Records that an experiment entered a stage; nothing happens when it is there already or over. */
export async function setExperimentStage(
  db: Database,
  tuningId: string,
  number: number,
  { stage, attempt }: { stage: ExperimentStage; attempt: number },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const changed = await trx
      .with('tuning', (cte) => cte.selectFrom('tunings').select('id').where('id', '=', tuningId).forUpdate())
      .updateTable('experiments')
      .from('tuning')
      .set((eb) => ({
        stage,
        attempt,
        started_at:
          stage === 'waiting' ? eb.ref('started_at') : eb.fn.coalesce('started_at', eb.val(new Date())),
      }))
      .whereRef('tuning_id', '=', 'tuning.id')
      .where('number', '=', number)
      .where('stage', '!=', 'done')
      .where((eb) => eb.or([eb('stage', '!=', stage), eb('attempt', '!=', attempt)]))
      .executeTakeFirst()
    if (changed.numUpdatedRows === 0n) return
    await appendEvents(trx, tuningId, [{ type: 'experiment.stage', experiment: number, stage, attempt }])
  })
}

/** Keeps how an experiment's engine was started; the last start counts. */
export async function saveConditions(
  db: Database,
  tuningId: string,
  number: number,
  conditions: ExperimentConditions,
): Promise<void> {
  await db
    .updateTable('experiments')
    .set({ conditions: JSON.stringify(conditions) })
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .returning(announceChange(tuningId))
    .execute()
}

/** Adds to the conditions of the start that counts; nothing happens before they are there. */
export async function addConditions(
  db: Database,
  tuningId: string,
  number: number,
  more: Partial<ExperimentConditions>,
): Promise<void> {
  await db
    .updateTable('experiments')
    .set({ conditions: sql<string>`conditions || ${JSON.stringify(more)}::jsonb` })
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .where('conditions', 'is not', null)
    .returning(announceChange(tuningId))
    .execute()
}

/** Announces that an experiment is measured again, and why. */
export async function announceRepeat(
  db: Database,
  tuningId: string,
  number: number,
  reason: string,
): Promise<void> {
  await db
    .transaction()
    .execute((trx) =>
      appendEvents(trx, tuningId, [{ type: 'experiment.repeated', experiment: number, reason }]),
    )
}

export interface ExperimentOutcome {
  result: ExperimentResult | null
  /** Cancelled experiments have no result. */
  state: 'completed' | 'failed' | 'cancelled'
  /** The outcome in a line. */
  summary: string
}

/**
 * Records what came of an experiment, once: counts, the best so far and the events follow in the same transaction;
 * a second call changes nothing.
 */
export async function finishExperiment(
  db: Database,
  tuningId: string,
  number: number,
  outcome: ExperimentOutcome,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const tuning = await lockTuning(trx, tuningId)
    const { objective } = TuningSpec.parse(tuning.spec)
    const value = objectiveValue(outcome, objective)
    const feasible = isFeasible(outcome)
    const finished = await trx
      .updateTable('experiments')
      .set({
        state: outcome.state,
        stage: 'stopping',
        finished_at: new Date(),
        objective: value,
        feasible: outcome.result === null ? null : feasible,
        ...(outcome.result === null ? {} : { result: JSON.stringify(outcome.result) }),
      })
      .where('tuning_id', '=', tuningId)
      .where('number', '=', number)
      .where('state', '=', 'running')
      .returning(['kind', 'replaces'])
      .executeTakeFirst()
    if (finished === undefined) return
    const { kind, replaces } = finished
    const standsIn = replaces !== null && outcome.state !== 'cancelled'
    if (standsIn) await setExcluded(trx, tuningId, replaces, true)
    await trx
      .updateTable('tunings')
      .set((eb) => ({
        completed_count: eb('completed_count', '+', outcome.state === 'completed' ? 1 : 0),
        failed_count: eb('failed_count', '+', outcome.state === 'failed' ? 1 : 0),
        ...(kind === 'baseline' ? { baseline_objective: value } : {}),
      }))
      .where('id', '=', tuningId)
      .execute()

    await appendEvents(trx, tuningId, [
      {
        type: 'experiment.finished',
        experiment: number,
        state: outcome.state,
        objective: value,
        feasible,
        summary: outcome.summary,
      },
      ...(standsIn ? [{ type: 'experiment.excluded' as const, experiment: replaces, excluded: true }] : []),
      ...(await updateBest(trx, tuningId, objective, tuning.best_number)),
    ])
  })
}

/** Takes an experiment out of the competition, or in again. */
export async function setExcluded(
  trx: Transaction<Schema>,
  tuningId: string,
  number: number,
  excluded: boolean,
): Promise<void> {
  await trx
    .updateTable('experiments')
    .set({ excluded })
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .execute()
}

/** Finds the best experiment anew, keeps it, and returns the event of a change. */
export async function updateBest(
  trx: Transaction<Schema>,
  tuningId: string,
  objective: Objectives,
  before: number | null,
): Promise<TuningEventBody[]> {
  const best = await findBest(trx, tuningId, objective)
  await trx
    .updateTable('tunings')
    .set({ best_number: best?.number ?? null, best_objective: best?.objective ?? null })
    .where('id', '=', tuningId)
    .execute()
  if ((best?.number ?? null) === before) return []
  return [{ type: 'tuning.best', experiment: best?.number ?? null, objective: best?.objective ?? null }]
}

/** Returns the best experiment as `bestOf` defines it, by an index: there may be thousands. */
async function findBest(
  db: Connection,
  tuningId: string,
  objective: Objectives,
): Promise<{ number: number; objective: number | null } | null> {
  const { higherIsBetter } = objectiveMetric(objective)
  const best = await db
    .selectFrom('experiments')
    .select(['number', 'objective'])
    .where('tuning_id', '=', tuningId)
    .where('feasible', '=', true)
    .where('excluded', '=', false)
    .where('kind', '!=', 'confirmation')
    .where('objective', 'is not', null)
    .orderBy('objective', higherIsBetter ? 'desc' : 'asc')
    .orderBy('number')
    .limit(1)
    .executeTakeFirst()
  return best ?? null
}

/** Returns the experiments that are not over, of one tuning or of all. */
export async function listOpenExperiments(
  db: Connection,
  tuningId?: string,
): Promise<{ tuningId: string; number: number; attempt: number; stage: ExperimentStage }[]> {
  return db
    .selectFrom('experiments')
    .select(['tuning_id as tuningId', 'number', 'attempt', 'stage'])
    .where('stage', '!=', 'done')
    .$if(tuningId !== undefined, (query) => query.where('tuning_id', '=', tuningId ?? ''))
    .orderBy('number')
    .execute()
}

/** Returns whether an engine of this start belongs to an experiment that goes on. */
export async function isEngineWanted(
  db: Database,
  tuningId: string,
  number: number,
  attempt: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('experiments')
    .select('attempt')
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .where('stage', '!=', 'done')
    .executeTakeFirst()
  return row?.attempt === attempt
}

/** Serialises all that changes one tuning, so that counts, best and events agree. */
export async function lockTuning(trx: Transaction<Schema>, tuningId: string) {
  return trx
    .selectFrom('tunings')
    .select(['spec', 'state', 'best_number', 'planned_count'])
    .where('id', '=', tuningId)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/** Says the outcome of a measurement in a line. */
export function summarize(result: ExperimentResult, spec: TuningSpec): string {
  if (result.status === 'failed') return result.diagnosis.summary
  if (result.measurement.clientLimited)
    return `not used: the load generator was the limit (${result.measurement.warnings[0] ?? ''})`
  if (result.measurement.cutShort !== undefined) return cutShortText(result.measurement.cutShort)
  const { metric } = objectiveMetric(spec.objective)
  const value = result.measurement.metrics[metric]
  const broken = result.constraints.find(({ holds }) => !holds)
  const figure = `${metric} ${value == null ? 'undefined' : value.toPrecision(4)}`
  return broken === undefined
    ? figure
    : `${figure}, breaks ${broken.constraint} (${broken.value?.toPrecision(4) ?? 'undefined'})`
}

/** Returns how long the measured experiments of tunings took on average, in ms, by tuning; start to end. */
export async function meanExperimentMs(db: Connection, tuningIds: string[]): Promise<Map<string, number>> {
  if (tuningIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('experiments')
    .select([
      'tuning_id',
      sql<number>`1000 * avg(extract(epoch from finished_at - started_at))::float`.as('mean'),
    ])
    .where('tuning_id', 'in', [...new Set(tuningIds)])
    .where('state', '=', 'completed')
    .groupBy('tuning_id')
    .execute()
  return new Map(rows.map(({ tuning_id, mean }) => [tuning_id, mean]))
}
