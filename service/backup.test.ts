import { randomBytes } from 'node:crypto'
import { readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { appendEngineLog } from '../database/artifacts.ts'
import { planExperiment } from '../database/plans.ts'
import { newDatabase, newTuning } from '../tests/database.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { runCli } from '../tests/service.ts'

/** More than all that is between the database and the file can hold, and does not get smaller. */
const MUCH = randomBytes(8 * 2 ** 20).toString('base64')

async function filled() {
  const { db, databaseUrl } = await newDatabase()
  const id = await newTuning(db)
  await planExperiment(db, id, 0, () => ({
    ...{ kind: 'baseline' as const, configuration: {}, reason: '', role: null, pair: null },
  }))
  await appendEngineLog(db, { tuningId: id, number: 0, attempt: 1 }, { from: 0, to: 9, content: MUCH })
  /** The connections of others. */
  const connections = async () =>
    (
      await sql`select state, query from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(
        db,
      )
    ).rows
  return { db, connections, env: { ...process.env, DATABASE_URL: databaseUrl } }
}

test('a backup into a folder that is not there, or over a folder, says so and is over', async () => {
  const { db, env, connections } = await filled()
  const folder = await temporaryFolder()
  const file = join(folder, 'nowhere', 'x.gz')
  expect(await runCli(env, 'backup', file)).toEqual({
    code: 1,
    stdout: '',
    stderr: `redline: cannot write ${file}: there is no folder ${join(folder, 'nowhere')}: make it, or name another file\n`,
  })
  expect(await runCli(env, 'backup', folder)).toMatchObject({
    code: 1,
    stderr: `redline: cannot write ${folder}: it is a folder: name a file in it\n`,
  })
  expect(await readdir(folder)).toEqual([])
  await expect.poll(connections).toEqual([])
  await db.destroy()
})

test('a disk that fills in the middle of a backup ends it, and nothing is left', async () => {
  const { db, env, connections } = await filled()
  const folder = await temporaryFolder()
  const file = join(folder, 'x.gz')
  await symlink('/dev/full', `${file}.part`)
  expect(await runCli(env, 'backup', file)).toEqual({
    code: 1,
    stdout: '',
    stderr: `redline: cannot write ${file}: the disk is full: make room, or name a file on another disk\n`,
  })
  expect(await readdir(folder)).toEqual([])
  await expect.poll(connections).toEqual([])
  await db.destroy()
})

test('a backup of a database that is not there says so of the database, and leaves no file', async () => {
  const folder = await temporaryFolder()
  const DATABASE_URL = 'postgres://postgres@127.0.0.1:1/postgres'
  const { code, stderr } = await runCli({ ...process.env, DATABASE_URL }, 'backup', join(folder, 'x.gz'))
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^redline: .*ECONNREFUSED.*\n$/)])
  expect(await readdir(folder)).toEqual([])
})
