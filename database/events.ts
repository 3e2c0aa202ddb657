import { sql, type Compilable, type RawBuilder, type Transaction } from 'kysely'
import type { LiveEvent, TuningEventBody } from '../domain/event.ts'
import { jsonText, type JsonText } from '../domain/json-text.ts'
import { compileOnce } from './compile-once.ts'
import type { Connection, Database } from './connect.ts'
import { EVENTS_CHANNEL, LIVE_CHANNEL } from './notifications.ts'
import type { Schema } from './schema.ts'

/**
 * Appends events to a tuning within the transaction that makes them true, and announces them at its commit.
 * Numbers grow by one without gaps: the tuning's row is locked while they are given. A key marks events that must
 * not be appended twice, see {@link wasAppended}.
 */
export async function appendEvents(
  trx: Transaction<Schema>,
  tuningId: string,
  bodies: TuningEventBody[],
  key: string | null = null,
): Promise<void> {
  if (bodies.length === 0) return
  const raised = sql`update tunings set last_seq = last_seq + ${bodies.length}
    where id = ${tuningId} returning last_seq`
  await insertion(sql`raised as (${raised})`, tuningId, bodies, key).execute(trx)
}

/**
 * Changes a tuning's own row and appends the event of it in the same statement, which costs half of what a transaction of
 * both does; nothing happens when the change finds nothing. It has to raise `last_seq` by one and to return it.
 */
export async function appendWithChange(
  db: Connection,
  tuningId: string,
  change: Compilable<{ last_seq: number }>,
  body: TuningEventBody,
): Promise<void> {
  await insertion(sql`raised as (${change})`, tuningId, [body]).execute(db)
}

/** Does the same for a change of another table, which has to return something. */
export async function appendIfChanged(
  db: Connection,
  tuningId: string,
  change: Compilable,
  body: TuningEventBody,
): Promise<void> {
  const raised = sql`update tunings set last_seq = last_seq + 1
    where id = ${tuningId} and exists (select from changed) returning last_seq`
  await insertion(sql`changed as (${change}), raised as (${raised})`, tuningId, [body]).execute(db)
}

/** One statement: an experiment has some fifteen of these on its way. `raised` returns the number of the last event. */
function insertion(
  raised: RawBuilder<unknown>,
  tuningId: string,
  bodies: TuningEventBody[],
  key: string | null = null,
): RawBuilder<unknown> {
  const rows = bodies.map((body, index) => {
    const seq = sql`last_seq - ${bodies.length - 1 - index}::int`
    return sql`(${seq}, ${JSON.stringify(body)}::jsonb, ${index === 0 ? key : null}::text)`
  })
  return sql`with ${raised}
    insert into events (tuning_id, seq, body, key)
    select ${tuningId}, appended.* from raised, lateral (values ${sql.join(rows)}) as appended
    returning pg_notify(${EVENTS_CHANNEL}, tuning_id)`
}

/** Announces, in the `returning` of a change that makes no event, that what is shown of a tuning has changed. */
export function announceChange(tuningId: string) {
  return sql`pg_notify(${EVENTS_CHANNEL}, ${tuningId})`.as('announced')
}

/** Returns whether events were appended with this key. */
export async function wasAppended(trx: Transaction<Schema>, tuningId: string, key: string): Promise<boolean> {
  const row = await trx
    .selectFrom('events')
    .select('seq')
    .where('tuning_id', '=', tuningId)
    .where('key', '=', key)
    .executeTakeFirst()
  return row !== undefined
}

/** Announces live figures to whoever listens; they are not kept. */
export async function announceLive(db: Database, tuningId: string, live: LiveEvent): Promise<void> {
  await sql`select pg_notify(${LIVE_CHANNEL}, ${JSON.stringify({ tuningId, live })})`.execute(db)
}

const after = compileOnce((db, tuningId: string, seq: number, limit: number) =>
  db
    .selectFrom('events')
    .select(['seq', 'at', sql<string>`body::text`.as('body')])
    .select([sql<string | null>`body->>'phase'`.as('phase'), sql<string | null>`body->>'state'`.as('state')])
    .where('tuning_id', '=', tuningId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit),
)

/** An event that is only passed on; `phase` and `state` are those of the tuning where it tells of them. */
export type ShownEvent = Omit<Awaited<ReturnType<typeof after>>[number], 'body'> & { body: JsonText }

/** Returns the events of a tuning after a number, oldest first, at most `limit`. */
export async function listEvents(
  db: Connection,
  tuningId: string,
  seq: number,
  limit = 1000,
): Promise<ShownEvent[]> {
  return (await after(db, tuningId, seq, limit)).map((row) => ({ ...row, body: jsonText(row.body) }))
}
