import { sql } from 'kysely'
import type { Database } from './connect.ts'

/** Deletes logs and request records of tunings that ended more than so many days ago; results stay. */
export async function deleteOldArtifacts(db: Database, days: number): Promise<void> {
  const old = db
    .selectFrom('tunings')
    .select('id')
    .where('finished_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
  await db.deleteFrom('engine_logs').where('tuning_id', 'in', old).execute()
  await db.deleteFrom('request_records').where('tuning_id', 'in', old).execute()
}

/** Forgets hosts that nothing was heard of for so many days. */
export async function forgetSilentHosts(db: Database, days: number): Promise<void> {
  await db
    .deleteFrom('hosts')
    .where('seen_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .where('seen_at', '>', new Date(0))
    .execute()
}
