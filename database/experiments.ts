import type { Selectable, Transaction } from 'kysely'
import type { TuningEventBody } from '../domain/event.ts'
import {
  ExperimentConditions,
  ExperimentResult,
  type ExperimentPlan,
  type ExperimentStage,
} from '../domain/experiment.ts'
import { bestOf, isFeasible, objectiveValue } from '../domain/history.ts'
import { Configuration } from '../domain/parameter.ts'
import { TuningSpec, objectiveMetric } from '../domain/tuning.ts'
import type { Connection, Database } from './connect.ts'
import { appendEvents } from './events.ts'
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

/**
 * Plans the experiment of a number, once: the plan made first is returned however often this is called.
 * `makePlan` gets what the tuning knows so far; null from it plans nothing.
 */
export async function planExperiment(
  db: Database,
  tuningId: string,
  number: number,
  makePlan: (history: StoredExperiment[]) => Omit<ExperimentPlan, 'number'> | null,
): Promise<ExperimentPlan | null> {
  return db.transaction().execute(async (trx) => {
    await lockTuning(trx, tuningId)
    const history = await listExperiments(trx, tuningId)
    const existing = history.find((experiment) => experiment.number === number)
    if (existing !== undefined) {
      const { kind, configuration, reason, role, pair } = existing
      return { number, kind, configuration, reason, role, pair }
    }
    const plan = makePlan(history)
    if (plan === null) return null
    await trx
      .insertInto('experiments')
      .values({
        ...plan,
        configuration: JSON.stringify(plan.configuration),
        tuning_id: tuningId,
        number,
        state: 'running',
        stage: 'waiting',
      })
      .execute()
    await trx
      .updateTable('tunings')
      .set((eb) => ({ planned_count: eb('planned_count', '+', 1) }))
      .where('id', '=', tuningId)
      .execute()
    const { kind, configuration, reason } = plan
    await appendEvents(trx, tuningId, [
      { type: 'experiment.planned', experiment: number, kind, configuration, reason },
    ])
    return { number, ...plan }
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
    await lockTuning(trx, tuningId)
    const changed = await trx
      .updateTable('experiments')
      .set((eb) => ({
        stage,
        attempt,
        started_at:
          stage === 'waiting' ? eb.ref('started_at') : eb.fn.coalesce('started_at', eb.val(new Date())),
      }))
      .where('tuning_id', '=', tuningId)
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
    .execute()
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
      .returning('kind')
      .executeTakeFirst()
    if (finished === undefined) return

    const best = bestOf(await listExperiments(trx, tuningId), objective)
    const bestValue = best === null ? null : objectiveValue(best, objective)
    await trx
      .updateTable('tunings')
      .set((eb) => ({
        completed_count: eb('completed_count', '+', outcome.state === 'completed' ? 1 : 0),
        failed_count: eb('failed_count', '+', outcome.state === 'failed' ? 1 : 0),
        best_number: best?.number ?? null,
        best_objective: bestValue,
        ...(finished.kind === 'baseline' ? { baseline_objective: value } : {}),
      }))
      .where('id', '=', tuningId)
      .execute()

    const events: TuningEventBody[] = [
      {
        type: 'experiment.finished',
        experiment: number,
        state: outcome.state,
        objective: value,
        feasible,
        summary: outcome.summary,
      },
    ]
    if (best !== null && bestValue !== null && best.number !== tuning.best_number) {
      events.push({ type: 'tuning.best', experiment: best.number, objective: bestValue })
    }
    await appendEvents(trx, tuningId, events)
  })
}

/** Ends whatever a tuning has open, when nothing is left that would: its workflow is gone. */
export async function cancelOpenExperiments(db: Database, tuningId: string): Promise<void> {
  const open = (await listExperiments(db, tuningId)).filter(({ stage }) => stage !== 'done')
  for (const { number, attempt } of open) {
    await finishExperiment(db, tuningId, number, { state: 'cancelled', result: null, summary: 'cancelled' })
    await setExperimentStage(db, tuningId, number, { stage: 'done', attempt })
  }
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
async function lockTuning(trx: Transaction<Schema>, tuningId: string) {
  return trx
    .selectFrom('tunings')
    .select(['spec', 'best_number'])
    .where('id', '=', tuningId)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/** Says the outcome of a measurement in a line. */
export function summarize(result: ExperimentResult, spec: TuningSpec): string {
  if (result.status === 'failed') return result.diagnosis.summary
  if (result.measurement.clientLimited)
    return `not used: the load generator was the limit (${result.measurement.warnings[0] ?? ''})`
  const { metric } = objectiveMetric(spec.objective)
  const value = result.measurement.metrics[metric]
  const broken = result.constraints.find(({ holds }) => !holds)
  const figure = `${metric} ${value == null ? 'undefined' : value.toPrecision(4)}`
  return broken === undefined
    ? figure
    : `${figure}, breaks ${broken.constraint} (${broken.value?.toPrecision(4) ?? 'undefined'})`
}
