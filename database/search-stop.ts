import type { Transaction } from 'kysely'
import { TuningEventBody } from '../domain/event.ts'
import type { Connection } from './connect.ts'
import { appendEvents, wasAppended } from './events.ts'
import type { Schema } from './schema.ts'

/** That a search is to end before its budget, and why. */
export type SearchStop = Omit<Extract<TuningEventBody, { type: 'search.stopped' }>, 'type'>

const KEY = 'search stopped'

/** Records that the search ends, once in the life of a tuning. */
export async function recordStop(
  trx: Transaction<Schema>,
  tuningId: string,
  stop: SearchStop,
): Promise<void> {
  if (await wasAppended(trx, tuningId, KEY)) return
  await appendEvents(trx, tuningId, [{ type: 'search.stopped', ...stop }], KEY)
}

/** Returns why the search of a tuning ended before its budget; null when it did not. */
export async function findStop(db: Connection, tuningId: string): Promise<SearchStop | null> {
  const row = await db
    .selectFrom('events')
    .select('body')
    .where('tuning_id', '=', tuningId)
    .where('key', '=', KEY)
    .executeTakeFirst()
  const event = row === undefined ? null : TuningEventBody.parse(row.body)
  return event?.type === 'search.stopped' ? event : null
}
