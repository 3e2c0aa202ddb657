import { hash } from 'node:crypto'
import { sql, type Selectable, type Transaction } from 'kysely'
import { Steps } from '../domain/outcomes.ts'
import { DEFAULT_PROJECT } from '../domain/project.ts'
import { Report } from '../domain/report.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { isFinished, TUNING_STATES, type TuningPhase, type TuningState } from '../domain/tuning-state.ts'
import type { Connection, Database } from './connect.ts'
import { announceChange, appendEvents, appendWithChange } from './events.ts'
import { requirePlace } from './projects.ts'
import type { Schema, TuningsTable } from './schema.ts'

/** What is shown of a tuning, besides its request and its times. */
export const TUNING_FACTS = [
  'id',
  'name',
  'engine',
  'model',
  'state',
  'phase',
  'message',
  'planned_count',
  'completed_count',
  'failed_count',
  'best_number',
  'best_objective',
  'baseline_objective',
  'outcomes',
  'gain',
  'verdict',
  'last_seq',
  'budget_experiments',
  'project',
  'owner',
] as const
const TUNING_COLUMNS = [...TUNING_FACTS, 'created_at', 'started_at', 'finished_at'] as const
const STORED_COLUMNS = [...TUNING_COLUMNS, 'spec', 'steps', 'spent_ms'] as const

export type TuningRow = Pick<Selectable<TuningsTable>, (typeof TUNING_COLUMNS)[number]>

/** A tuning as stored, without its report. */
export type StoredTuning = TuningRow & { spec: TuningSpec; steps: Steps; spent_ms: number }

function stored(row: TuningRow & { spec: unknown; steps: unknown; spent_ms: number }): StoredTuning {
  return { ...row, spec: TuningSpec.parse(row.spec), steps: Steps.parse(row.steps) }
}

export interface NewTuning {
  id: string
  spec: TuningSpec
  /** Of its owner in its project: another's key is another one, whatever its text. */
  idempotencyKey: string | null
  /** The schedule that starts it. */
  scheduleId?: string
  /** By default the one that everybody is in. */
  project?: string
  /** Who starts it, where people sign in. */
  owner?: string | null
}

/**
 * Stores a tuning with its first event. With an idempotency key that its owner has used in its project nothing is stored and
 * the tuning that has it is returned.
 *
 * @throws {QuotaReachedError} when as many tunings of the project run as may.
 */
export async function createTuning(
  db: Database,
  { id, spec, idempotencyKey, scheduleId, project = DEFAULT_PROJECT, owner = null }: NewTuning,
): Promise<{ tuning: StoredTuning; created: boolean }> {
  const key = idempotencyKey === null ? null : { text: idempotencyKey, project, owner }
  return db.transaction().execute(async (trx) => {
    const earlier = key && (await findByKey(trx, key))
    if (earlier !== null) return { tuning: stored(earlier), created: false }
    const row = await trx
      .insertInto('tunings')
      .values({
        id,
        name: spec.name,
        spec: JSON.stringify(spec),
        engine: spec.engine.kind,
        model: spec.engine.model,
        state: 'pending',
        phase: 'waiting',
        idempotency_key: key && keptKey(key),
        schedule_id: scheduleId ?? null,
        project,
        owner,
      })
      .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
      .returning(STORED_COLUMNS)
      .executeTakeFirst()
    if (row === undefined) {
      const other = key && (await findByKey(trx, key))
      if (other === null) throw new Error('the tuning that has the idempotency key is gone')
      return { tuning: stored(other), created: false }
    }
    await requirePlace(trx, project, id)
    await appendEvents(trx, id, [{ type: 'tuning.created', name: spec.name }])
    return { tuning: stored({ ...row, last_seq: 1 }), created: true }
  })
}

interface IdempotencyKey {
  text: string
  project: string
  owner: string | null
}

/** Returns a key as its column has it, which is unique among those of all owners and projects. */
function keptKey({ project, owner, text }: IdempotencyKey): string {
  return hash('sha256', JSON.stringify([project, owner, text]), 'base64url')
}

/** Returns the tuning that has a key; earlier versions, which may run beside this one, keep its text. */
async function findByKey(trx: Transaction<Schema>, key: IdempotencyKey) {
  const row = await trx
    .selectFrom('tunings')
    .select(STORED_COLUMNS)
    .where('idempotency_key', 'in', [keptKey(key), key.text])
    .where('project', '=', key.project)
    .where('owner', 'is not distinct from', key.owner)
    .executeTakeFirst()
  return row ?? null
}

export async function findTuning(db: Connection, id: string): Promise<StoredTuning | null> {
  const row = await db
    .selectFrom('tunings')
    .select(STORED_COLUMNS)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? null : stored(row)
}

export async function findReport(db: Connection, id: string): Promise<Report | null> {
  const row = await db.selectFrom('tunings').select('report').where('id', '=', id).executeTakeFirst()
  return row?.report == null ? null : Report.parse(row.report)
}

export interface TuningProgress {
  state: TuningState
  phase: TuningPhase
  message?: string | null
  /** How long the tuning has been searching, pauses left out. */
  spentMs?: number
}

/** Records a new state or phase with its event; the same one again changes nothing, nor does anything after the end. */
export async function setTuningState(
  db: Database,
  id: string,
  { state, phase, message = null, spentMs }: TuningProgress,
): Promise<void> {
  const change = db
    .updateTable('tunings')
    .set({
      state,
      phase,
      message,
      last_seq: sql<number>`last_seq + 1`,
      started_at: sql`coalesce(started_at, now())`,
      ...(phase === 'done' ? { finished_at: new Date() } : {}),
      ...(spentMs === undefined ? {} : { spent_ms: spentMs }),
    })
    .where('id', '=', id)
    .where('phase', '!=', 'done')
    .where((eb) =>
      eb.or([eb('state', '!=', state), eb('phase', '!=', phase), eb('message', 'is distinct from', message)]),
    )
    .returning('last_seq')
  await appendWithChange(db, id, change, { type: 'tuning.state', state, phase, message })
}

/** Serialises all that changes one tuning, so that counts, best and events agree. */
export async function lockTuning(trx: Transaction<Schema>, tuningId: string) {
  return trx
    .selectFrom('tunings')
    .select(['spec', 'state', 'best_number', 'planned_count'])
    .where('id', '=', tuningId)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/** Keeps a report; what it says is to be deployed is the best of the tuning from then on. */
export async function saveReport(db: Database, id: string, report: Report): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { best_number } = await lockTuning(trx, id)
    await trx
      .updateTable('tunings')
      .set({ report: JSON.stringify(report) })
      .where('id', '=', id)
      .returning(announceChange(id))
      .execute()
    const { best, objective } = report
    if (best === null || !best.feasible || best.number === best_number) return
    const value = best.metrics?.[objective.metric] ?? null
    await trx
      .updateTable('tunings')
      .set({ best_number: best.number, best_objective: value })
      .where('id', '=', id)
      .execute()
    await appendEvents(trx, id, [{ type: 'tuning.best', experiment: best.number, objective: value }])
  })
}

/** Returns the ids of tunings that are not finished, with how long ago they were created. */
export async function listOpenTunings(
  db: Database,
): Promise<{ id: string; state: TuningState; age_s: number }[]> {
  return db
    .selectFrom('tunings')
    .select(['id', 'state', sql<number>`extract(epoch from now() - created_at)::float`.as('age_s')])
    .where(
      'state',
      'in',
      TUNING_STATES.filter((state) => !isFinished(state)),
    )
    .execute()
}

/** Returns the number of tunings by state. */
export async function countTunings(db: Database): Promise<{ state: TuningState; count: number }[]> {
  return db
    .selectFrom('tunings')
    .select(['state', sql<number>`count(*)::int`.as('count')])
    .where('deleted_at', 'is', null)
    .groupBy('state')
    .execute()
}
