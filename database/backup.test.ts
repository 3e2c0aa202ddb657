import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { emptyDatabase, newDatabase, newSpec, newTuning } from '../tests/database.ts'
import { appendEngineLog } from './artifacts.ts'
import { readBackup, writeBackup } from './backup.ts'
import { migrateTo } from './connect.ts'
import { readFleetGauges } from './fleet-gauges.ts'
import { planExperiment } from './plans.ts'
import { addMember, createProject, setQuotas } from './projects.ts'
import { findTuning } from './tunings.ts'
import { admitFromProvider, createInvitation } from './users.ts'

/** Texts that a format of lines could trip over. */
const AWKWARD = 'tab\there, \\., a\r\nline, \u2028 and "quotes", {"n":1}\\n\n\\.\n'

async function filled() {
  const source = await newDatabase()
  await createProject(source.db, 'ranking', { devices: 2 })
  await setQuotas(source.db, 'default', { runningTunings: 9 })
  await admitFromProvider(source.db, { subject: 'x', name: 'ada', role: 'admin' })
  await addMember(source.db, 'ranking', 'ada')
  const id = await newTuning(source.db, { name: 'kept' })
  const plan = () => ({
    ...{ kind: 'baseline' as const, configuration: {}, reason: AWKWARD, role: null, pair: null },
  })
  await planExperiment(source.db, id, 0, plan)
  await appendEngineLog(
    source.db,
    { tuningId: id, number: 0, attempt: 1 },
    { from: 0, to: 9, content: AWKWARD },
  )
  return { ...source, id }
}

async function backup(databaseUrl: string): Promise<Buffer> {
  const output = new PassThrough()
  const [bytes] = await Promise.all([buffer(output), writeBackup(databaseUrl, output)])
  return bytes
}

test('what was backed up is there again in an empty database, to the letter', async () => {
  const { db, databaseUrl, id } = await filled()
  const bytes = await backup(databaseUrl)
  const target = await newDatabase()
  // In pieces that end anywhere, as a file is read.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 37) }, (_, piece) =>
    bytes.subarray(piece * 37, (piece + 1) * 37),
  )
  const kept = await readBackup(target.databaseUrl, Readable.from(pieces))
  expect(kept).toMatchObject({ tunings: 1, experiments: 1, engine_logs: 1 })
  expect(await findTuning(target.db, id)).toEqual(await findTuning(db, id))
  for (const table of ['projects', 'project_members', 'experiments', 'events', 'engine_logs'] as const) {
    const rows = (from: typeof db) => sql`select * from ${sql.table(table)}`.execute(from)
    expect((await rows(target.db)).rows).toEqual((await rows(db)).rows)
  }
  expect(await readFleetGauges(target.db)).toMatchObject({ hosts_alive: 0, stuck_tunings: 0 })
  await Promise.all([db.destroy(), target.db.destroy()])
})

test('a backup that is cut off, or none, changes nothing', async () => {
  const { db, databaseUrl } = await filled()
  const bytes = await backup(databaseUrl)
  const target = await newDatabase()
  for (const [given, problem] of [
    [bytes.subarray(0, bytes.length - 20), 'cut off'],
    [bytes.subarray(0, bytes.indexOf('kept')), 'cut off'],
    [Buffer.from('# Redline\n'), 'no backup'],
    [Buffer.from(String(bytes).replace(/"migration":"\d+/, '"migration":"9999')), 'newer Redline'],
    [
      Buffer.from(
        String(bytes).replace('COPY "users" (', `COPY "users" ("name") FROM PROGRAM 'id'; COPY "users" (`),
      ),
      'not a line of a backup',
    ],
  ] as const) {
    await expect(readBackup(target.databaseUrl, Readable.from([given]))).rejects.toThrow(problem)
    expect((await sql`select from tunings`.execute(target.db)).rows).toEqual([])
  }
  await expect(readBackup(databaseUrl, Readable.from([bytes]))).rejects.toThrow('has projects, tunings, ')
  await createProject(target.db, 'other', {})
  await expect(readBackup(target.databaseUrl, Readable.from([bytes]))).rejects.toThrow('has projects already')
  const schemas = await sql`select from pg_namespace where nspname like 'redline%'`.execute(target.db)
  expect(schemas.rows).toEqual([])
  await Promise.all([db.destroy(), target.db.destroy()])
})

test('a backup of an older version is brought up to date beside a database that is; links given before are void', async () => {
  const old = await emptyDatabase()
  expect(await migrateTo(old.db, '0009-projects')).toBe(true)
  await sql`
    insert into tunings (id, name, spec, engine, model, state, phase)
    values ('old', 'old', ${JSON.stringify(newSpec())}::jsonb, 'llama.cpp', 'm', 'completed', 'done')
  `.execute(old.db)
  const bytes = await backup(old.databaseUrl)
  const target = await newDatabase()
  await createInvitation(target.db, {
    ...{ hash: 'x', role: 'admin', invited_by: null, expires_at: new Date(Date.now() + 1e6) },
  })
  // What an earlier try left that was killed.
  await sql`create schema redline_restore create table tunings (id text)`.execute(target.db)
  const two = await Promise.allSettled(
    [1, 2].map(() => readBackup(target.databaseUrl, Readable.from([bytes]))),
  )
  expect(two.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await findTuning(target.db, 'old')).toMatchObject({ name: 'old', state: 'completed' })
  expect((await sql`select from invitations`.execute(target.db)).rows).toEqual([])
  await Promise.all([old.db.destroy(), target.db.destroy()])
})
