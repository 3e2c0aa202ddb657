import { sql, type Selectable } from 'kysely'
import { RunComparison } from '../domain/comparison.ts'
import { SchedulePlan } from '../domain/schedule.ts'
import { TuningSpec } from '../domain/tuning.ts'
import type { Connection, Database } from './connect.ts'
import { SCHEDULES_CHANNEL } from './notifications.ts'
import type { SchedulesTable, TuningsTable } from './schema.ts'

/** A schedule as stored; whether it is paused Temporal knows better, as long as it has the schedule. */
export type StoredSchedule = Omit<Selectable<SchedulesTable>, 'spec' | 'timing'> & {
  spec: TuningSpec
  plan: SchedulePlan
}

function stored({ spec, timing, ...row }: Selectable<SchedulesTable>): StoredSchedule {
  return { ...row, spec: TuningSpec.parse(spec), plan: SchedulePlan.parse(timing) }
}

export async function createSchedule(
  db: Database,
  { id, name, spec, plan, paused, project, owner }: Omit<StoredSchedule, 'created_at'>,
): Promise<StoredSchedule> {
  const row = await db
    .insertInto('schedules')
    .values({ id, name, spec: JSON.stringify(spec), timing: JSON.stringify(plan), paused, project, owner })
    .returningAll()
    .executeTakeFirstOrThrow()
  await announceSchedules(db)
  return stored(row)
}

/** Says that a schedule was made, changed or deleted; what Temporal alone knows of it included. */
export async function announceSchedules(db: Database): Promise<void> {
  await sql`select pg_notify(${SCHEDULES_CHANNEL}, '')`.execute(db)
}

export async function findSchedule(db: Connection, id: string): Promise<StoredSchedule | null> {
  const row = await db.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : stored(row)
}

/** Returns all schedules, the newest first. */
export async function listSchedules(db: Connection): Promise<StoredSchedule[]> {
  const rows = await db.selectFrom('schedules').selectAll().orderBy('created_at', 'desc').execute()
  return rows.map(stored)
}

/** Keeps whether a schedule is paused, and says that it was changed. */
export async function setSchedulePaused(db: Database, id: string, paused: boolean): Promise<void> {
  await db.updateTable('schedules').set({ paused }).where('id', '=', id).execute()
  await announceSchedules(db)
}

/** Deletes a schedule; the tunings that it started stay. False when there was none. */
export async function deleteSchedule(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('schedules').where('id', '=', id).executeTakeFirst()
  await announceSchedules(db)
  return numDeletedRows > 0n
}

/** A tuning that a schedule started. */
export type StoredRun = Pick<
  Selectable<TuningsTable>,
  'id' | 'name' | 'state' | 'message' | 'created_at' | 'finished_at' | 'best_number' | 'best_objective'
> & { comparison: RunComparison | null }

/** Returns the newest runs of a schedule, the newest first. */
export async function listRuns(db: Connection, scheduleId: string, limit: number): Promise<StoredRun[]> {
  const rows = await db
    .selectFrom('tunings')
    .select([
      'id',
      'name',
      'state',
      'message',
      'created_at',
      'finished_at',
      'best_number',
      'best_objective',
      'comparison',
    ])
    .where('schedule_id', '=', scheduleId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, comparison: readComparison(row.comparison) }))
}

/** How far back a run is looked for that says enough to be compared with. */
const REFERENCES = 10

/**
 * What is known of a tuning as a run of a schedule, with the completed runs before it, the newest first; null when it
 * is none, or there is no such tuning.
 */
export async function findRun(
  db: Connection,
  tuningId: string,
): Promise<{ scheduleId: string; previousIds: string[] } | null> {
  const run = await db
    .selectFrom('tunings')
    .select('schedule_id')
    .where('id', '=', tuningId)
    .executeTakeFirst()
  if (run === undefined || run.schedule_id === null) return null
  const previous = await db
    .selectFrom('tunings')
    .select('id')
    .where('schedule_id', '=', run.schedule_id)
    .where('state', '=', 'completed')
    .where('deleted_at', 'is', null)
    // Compared in the database: a Date would lose the microseconds.
    .where('created_at', '<', (eb) =>
      eb.selectFrom('tunings as this').select('this.created_at').where('this.id', '=', tuningId),
    )
    .orderBy('created_at', 'desc')
    .limit(REFERENCES)
    .execute()
  return { scheduleId: run.schedule_id, previousIds: previous.map(({ id }) => id) }
}

function readComparison(comparison: unknown): RunComparison | null {
  return comparison === null ? null : RunComparison.parse(comparison)
}

export async function saveComparison(
  db: Connection,
  tuningId: string,
  comparison: RunComparison,
): Promise<void> {
  await db
    .updateTable('tunings')
    .set({ comparison: JSON.stringify(comparison) })
    .where('id', '=', tuningId)
    .execute()
}
