import { pipeline } from 'node:stream/promises'
import type { Readable, Writable } from 'node:stream'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { z } from 'zod'
import { DEFAULT_PROJECT } from '../domain/project.ts'
import { migrate, migrateTo, openDatabase } from './connect.ts'
import { EVENTS_CHANNEL, SCHEDULES_CHANNEL } from './notifications.ts'

/**
 * What is kept, in an order in which each table comes after those that it refers to. Who holds what, which hosts are
 * there with which engines, and who is signed in are of the moment.
 */
const TABLES = [
  'projects',
  'schedules',
  'tunings',
  'experiments',
  'events',
  'engine_logs',
  'request_records',
  'webhooks',
  'webhook_deliveries',
  'users',
  'project_members',
  'tokens',
  'audit',
] as const

const FORMAT = 'redline-backup 1'
const Header = z.object({ format: z.literal(FORMAT), migration: z.string(), at: z.string() })
/** Where a backup is read to before it counts. */
const STAGE = 'redline_restore'
const Yes = z.tuple([z.object({ yes: z.boolean() })])
const Names = z.array(z.object({ name: z.string() })).min(1)
/** Names alone: the line is run, and must not say more. */
const TABLE = /^COPY "(\w+)" \("\w+"(?:, "\w+")*\) FROM stdin;$/
const END = '\\.\n'
const LF = 10

/** What was kept: rows by table. */
export type Kept = Record<string, number>

/**
 * Writes everything that was found, as of one moment, while the service goes on: a line of JSON about the backup, then
 * each table as `COPY` writes it. Returns the rows by table; an output that fails ends it, with the connection closed.
 */
export async function writeBackup(databaseUrl: string, output: Writable): Promise<Kept> {
  return withClient(databaseUrl, async (client) => {
    const kept: Kept = {}
    await pipeline(backupOf(client, kept), output)
    return kept
  })
}

async function* backupOf(client: pg.Client, kept: Kept): AsyncGenerator<string | Buffer> {
  await client.query('begin isolation level repeatable read read only')
  const newest = await client.query('select name from kysely_migration order by name desc limit 1')
  const migration = z.tuple([z.object({ name: z.string() })]).parse(newest.rows)[0].name
  yield `${JSON.stringify({ format: FORMAT, migration, at: new Date().toISOString() })}\n`
  for (const table of TABLES) {
    const list = await columnsOf(client, table)
    yield `COPY "${table}" (${list}) FROM stdin;\n`
    const copied = client.query(copyTo(`copy "${table}" (${list}) to stdout`))
    const chunks: AsyncIterable<Buffer> = copied
    yield* chunks
    kept[table] = copied.rowCount
    yield END
  }
  await client.query('commit')
}

/**
 * Reads a backup into a database that has nothing of the kind: all of it, or nothing. The tables are first made beside it as
 * they were when it was written, filled, and brought up to date. Returns the rows by table.
 *
 * @throws {Error} with what to do: no backup, one of a newer Redline, a database that has something already.
 */
export async function readBackup(databaseUrl: string, input: Readable): Promise<Kept> {
  const lines = linesOf(input)
  const header = parseHeader(String((await lines.next()).value))
  const db = openDatabase(databaseUrl, { max: 1 })
  await migrate(db).finally(() => db.destroy())
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(`select pg_try_advisory_lock(hashtext('${STAGE}')) as yes`)
    if (!Yes.parse(rows)[0].yes) throw new Error('another restore goes on: wait for it to end')
    await refuseFilled(client)
    // One that was killed may have left its own.
    await client.query(`drop schema if exists ${STAGE} cascade`)
    await client.query(`create schema ${STAGE}`)
    try {
      const kept = await stage(databaseUrl, header.migration, lines)
      await adopt(client)
      return kept
    } finally {
      await client.query(`drop schema ${STAGE} cascade`)
    }
  })
}

/** Fills tables as they were after a migration, beside those in use, and brings them up to date. */
async function stage(databaseUrl: string, migration: string, lines: AsyncIterator<Buffer>): Promise<Kept> {
  const db = openDatabase(databaseUrl, { max: 1, schema: STAGE })
  try {
    if (!(await migrateTo(db, migration, STAGE)))
      throw new Error(`the backup is of a newer Redline (${migration}): use the same`)
    const kept = await withClient(databaseUrl, async (client) => {
      await client.query(`set search_path to ${STAGE}`)
      return load(client, lines)
    })
    await migrate(db, STAGE)
    return kept
  } finally {
    await db.destroy()
  }
}

async function load(client: pg.Client, lines: AsyncIterator<Buffer>): Promise<Kept> {
  const kept: Kept = {}
  await client.query('begin')
  const tables = await tablesOf(client)
  // The migrations make one, and the backup has it too.
  if (tables.includes('projects')) await client.query('delete from projects')
  for (;;) {
    const next = await lines.next()
    if (next.done === true) break
    const line = next.value.toString().trimEnd()
    const [, table] = TABLE.exec(line) ?? []
    if (table === undefined || !TABLES.some((known) => known === table))
      throw new Error(`not a line of a backup: ${line.slice(0, 80)}`)
    const target = client.query(copyFrom(line.slice(0, -1)))
    await pipeline(rowsUntilEnd(lines, table), target)
    kept[table] = target.rowCount
  }
  for (const table of tables)
    if (kept[table] === undefined) throw new Error(`the backup ends before ${table}: it is cut off`)
  await client.query('commit')
  return kept
}

/** Moves what was staged into the tables in use, all at once, and tells who has read them. */
async function adopt(client: pg.Client): Promise<void> {
  await client.query('begin')
  await refuseFilled(client)
  await client.query('delete from projects')
  // Of who is let in the backup says all.
  await client.query('delete from invitations')
  for (const table of TABLES) {
    const list = await columnsOf(client, table)
    await client.query(
      `insert into "${table}" (${list}) select ${list} from ${STAGE}."${table}" as staged order by staged.ctid`,
    )
  }
  await client.query('select pg_notify($1, id) from tunings', [EVENTS_CHANNEL])
  await client.query("select pg_notify($1, '')", [SCHEDULES_CHANNEL])
  await client.query('commit')
}

/** Throws unless the database has nothing of what a backup has, but the project that everybody is in and what was changed. */
async function refuseFilled(client: pg.Client): Promise<void> {
  const filled: string[] = []
  for (const table of TABLES) {
    if (table === 'audit') continue
    const others = table === 'projects' ? `where name <> '${DEFAULT_PROJECT}'` : ''
    const { rows } = await client.query(`select exists (select from "${table}" ${others}) as yes`)
    if (Yes.parse(rows)[0].yes) filled.push(table.replaceAll('_', ' '))
  }
  if (filled.length > 0)
    throw new Error(`the database has ${filled.join(', ')} already: restore into an empty one`)
}

/** Returns the tables that the version of the backup has. */
async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    'select relname as name from pg_class where relnamespace = $1::regnamespace and relname = any($2)',
    [STAGE, TABLES],
  )
  return Names.parse(rows).map(({ name }) => name)
}

async function* rowsUntilEnd(lines: AsyncIterator<Buffer>, table: string): AsyncGenerator<Buffer> {
  const end = Buffer.from(END)
  for (;;) {
    const next = await lines.next()
    if (next.done === true) throw new Error(`the backup ends within ${table}: it is cut off`)
    if (next.value.equals(end)) return
    yield next.value
  }
}

/** Returns the lines with their ends. Only a line feed ends one: others that texts know may stand in a row. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let begun: Buffer[] = []
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end + 1)])
      begun = []
      start = end + 1
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
}

function parseHeader(line: string): z.infer<typeof Header> {
  try {
    return Header.parse(JSON.parse(line))
  } catch {
    throw new Error('this is no backup of Redline')
  }
}

/** Returns the columns that are kept, quoted; what the database itself gives is given anew. */
async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
     order by attnum`,
    [table],
  )
  return Names.parse(rows)
    .map(({ name }) => client.escapeIdentifier(name))
    .join(', ')
}

async function withClient<Result>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
