import type { Database } from './connect.ts'

/** Which start of which experiment an engine's log belongs to. */
export interface LogPlace {
  tuningId: string
  number: number
  attempt: number
}

/** Keeps the piece of an engine's log from one byte of it to another; the same piece twice is kept once. */
export async function appendEngineLog(
  db: Database,
  place: LogPlace,
  piece: { from: number; to: number; content: string },
): Promise<void> {
  await db
    .insertInto('engine_logs')
    .values({
      tuning_id: place.tuningId,
      number: place.number,
      attempt: place.attempt,
      from_byte: piece.from,
      to_byte: piece.to,
      content: piece.content,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Returns up to which byte an engine's log is kept. */
export async function keptLogBytes(db: Database, { tuningId, number, attempt }: LogPlace): Promise<number> {
  const { kept } = await db
    .selectFrom('engine_logs')
    .select((eb) => eb.fn.max('to_byte').as('kept'))
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .where('attempt', '=', attempt)
    .executeTakeFirstOrThrow()
  return Number(kept ?? 0)
}

/** Returns the log of an experiment's engine, all its starts in order. */
export async function readEngineLog(db: Database, tuningId: string, number: number): Promise<string> {
  const rows = await db
    .selectFrom('engine_logs')
    .select('content')
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .orderBy('attempt')
    .orderBy('from_byte')
    .execute()
  return rows.map(({ content }) => content).join('')
}

/** Keeps the gzipped JSON lines of an experiment's requests; the last call counts. */
export async function saveRequestRecords(
  db: Database,
  tuningId: string,
  number: number,
  content: Buffer,
): Promise<void> {
  await db
    .insertInto('request_records')
    .values({ tuning_id: tuningId, number, content })
    .onConflict((conflict) => conflict.columns(['tuning_id', 'number']).doUpdateSet({ content }))
    .execute()
}

/** Returns the gzipped JSON lines of an experiment's requests; null before they are recorded. */
export async function readRequestRecords(
  db: Database,
  tuningId: string,
  number: number,
): Promise<Buffer | null> {
  const row = await db
    .selectFrom('request_records')
    .select('content')
    .where('tuning_id', '=', tuningId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row?.content ?? null
}
