import { sql } from 'kysely'
import { isFinished, TUNING_STATES } from '../domain/tuning-state.ts'
import type { Connection, Database } from './connect.ts'
import { announceChange } from './events.ts'

const FINISHED = TUNING_STATES.filter(isFinished)

/** Puts a finished tuning out of sight, to be undeleted or purged; false when there is none, or it is about to run again. */
export async function deleteTuning(db: Database, id: string): Promise<boolean> {
  const row = await db
    .updateTable('tunings')
    // Another request may use its key again.
    .set({ deleted_at: sql<Date>`now()`, idempotency_key: null })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .where('state', 'in', FINISHED)
    .where((eb) => eb.or([eb('place_until', 'is', null), eb('place_until', '<=', new Date())]))
    .returning(announceChange(id))
    .executeTakeFirst()
  return row !== undefined
}

/** Brings a deleted tuning back, with all that belongs to it; one that is there stays as it is. */
export async function undeleteTuning(db: Database, id: string): Promise<void> {
  await db
    .updateTable('tunings')
    .set({ deleted_at: null })
    .where('id', '=', id)
    .where('deleted_at', 'is not', null)
    .returning(announceChange(id))
    .execute()
}

/** Returns whether a tuning was deleted, and can still be undeleted. */
export async function isDeleted(db: Connection, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('tunings')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Returns the ids of tunings that were deleted more than so many days ago. */
export async function listExpired(db: Connection, days: number): Promise<string[]> {
  const rows = await db
    .selectFrom('tunings')
    .select('id')
    .where('deleted_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes a tuning that was deleted for good, with all that belongs to it. */
export async function purgeTuning(db: Connection, id: string): Promise<void> {
  await db.deleteFrom('tunings').where('id', '=', id).where('deleted_at', 'is not', null).execute()
}
