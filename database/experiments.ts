import { sql, type Selectable, type Transaction } from 'kysely'
import type { TuningEventBody } from '../domain/event.ts'
import { ExperimentConditions, ExperimentResult, type ExperimentStage } from '../domain/experiment.ts'
import { isFeasible, objectiveValue } from '../domain/history.ts'
import { outcomeOf } from '../domain/outcomes.ts'
import { Configuration } from '../domain/parameter.ts'
import { summaryOf } from '../domain/result-summary.ts'
import { objectiveMetric, TuningSpec, type Objectives } from '../domain/tuning.ts'
import type { Connection, Database } from './connect.ts'
import { announceChange, appendEvents, appendIfChanged } from './events.ts'
import { withOutcome } from './outcomes.ts'
import type { ExperimentsTable, Schema } from './schema.ts'
import { lockTuning } from './tunings.ts'

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

/** Records that an experiment entered a stage; nothing happens when it is there already or over. */
export async function setExperimentStage(
  db: Database,
  tuningId: string,
  number: number,
  { stage, attempt }: { stage: ExperimentStage; attempt: number },
): Promise<void> {
  const change = db
    // All that changes a tuning waits for its row first.
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
    .returning('number')
  const body = { type: 'experiment.stage' as const, experiment: number, stage, attempt }
  await appendIfChanged(db, tuningId, change, body)
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

/**
 * Records what came of an experiment, once: counts, the best so far and the events follow in the same transaction;
 * a second call changes nothing. One that was cancelled has no result.
 */
export async function finishExperiment(
  db: Database,
  tuningId: string,
  number: number,
  result: ExperimentResult | null,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const tuning = await lockTuning(trx, tuningId)
    const { objective } = TuningSpec.parse(tuning.spec)
    const state = result === null ? 'cancelled' : result.status === 'measured' ? 'completed' : 'failed'
    const value = objectiveValue({ result }, objective)
    const feasible = isFeasible({ result })
    const cutShort = result?.status === 'measured' && result.measurement.cutShort !== undefined
    const finished = await trx
      .updateTable('experiments')
      .set({
        state,
        stage: 'stopping',
        finished_at: new Date(),
        objective: value,
        feasible: result === null ? null : feasible,
        ...(result === null ? {} : { result: JSON.stringify(result) }),
      })
      .where('tuning_id', '=', tuningId)
      .where('number', '=', number)
      .where('state', '=', 'running')
      .returning(['kind', 'replaces'])
      .executeTakeFirst()
    if (finished === undefined) return
    const { kind, replaces } = finished
    const standsIn = replaces !== null && state !== 'cancelled'
    if (standsIn) await setExcluded(trx, tuningId, replaces, true)
    await trx
      .updateTable('tunings')
      .set((eb) => ({
        completed_count: eb('completed_count', '+', state === 'completed' ? 1 : 0),
        failed_count: eb('failed_count', '+', state === 'failed' ? 1 : 0),
        outcomes: withOutcome(number, outcomeOf({ state, feasible, cutShort })),
        ...(kind === 'baseline' ? { baseline_objective: value } : {}),
      }))
      .where('id', '=', tuningId)
      .execute()

    await appendEvents(trx, tuningId, [
      {
        type: 'experiment.finished',
        experiment: number,
        state,
        objective: value,
        feasible,
        summary: summaryOf(result, objective),
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
  const { number = null, objective: value = null } = best ?? {}
  const step = sql<string>`steps || jsonb_build_object('after', completed_count + failed_count, 'objective', ${value}::float)`
  await trx
    .updateTable('tunings')
    .set({ best_number: number, best_objective: value, ...(number === before ? {} : { steps: step }) })
    .where('id', '=', tuningId)
    .execute()
  return number === before ? [] : [{ type: 'tuning.best', experiment: number, objective: value }]
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
