import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { appendEngineLog } from '../database/artifacts.ts'
import { planExperiment } from '../database/plans.ts'
import { messageOf } from '../domain/message-of.ts'
import { Settings } from '../domain/settings.ts'
import { newDatabase, newTuning } from '../tests/database.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { ROOT, runCli } from '../tests/service.ts'
import { backUp } from './backup.ts'

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

test('a disk that fills in the middle of a backup ends it', async () => {
  const { db, env, connections } = await filled()
  const full = await open('/dev/full', 'w')
  const child = spawn(process.execPath, [join(ROOT, 'cli/redline.mjs'), 'backup', '-'], {
    env,
    stdio: ['ignore', full.fd, 'pipe'],
  })
  expect([
    await text(child.stderr ?? Readable.from([])),
    child.exitCode ?? (await once(child, 'close'))[0],
  ]).toEqual([
    'redline: cannot write to standard output: the disk is full: make room, or name a file on another disk\n',
    1,
  ])
  await expect.poll(connections).toEqual([])
  await Promise.all([full.close(), db.destroy()])
})

test('a backup whose reader has gone says so', async () => {
  const { db, env } = await filled()
  const child = spawn(process.execPath, [join(ROOT, 'cli/redline.mjs'), 'backup', '-'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  expect([await text(child.stderr), child.exitCode ?? (await once(child, 'close'))[0]]).toEqual([
    'redline: cannot write to standard output: who read it has stopped: the backup is not whole\n',
    1,
  ])
  await db.destroy()
})

test('of two backups to one file the later is written, whole, and the other says so', async () => {
  const { db, env } = await filled()
  const folder = await temporaryFolder()
  const file = join(folder, 'x.gz')
  const settings = Settings.parse({ DATABASE_URL: env.DATABASE_URL })
  // Of one that was killed, and that others could read.
  await writeFile(`${file}.part`, 'half', { mode: 0o666 })
  const first = backUp(settings, file).then(() => 'written', messageOf)
  const begun = () => readFile(`${file}.part`, 'latin1').catch(() => 'none')
  await expect.poll(begun, { interval: 1 }).not.toMatch(/^(half|none)$/)
  const second = backUp(settings, file).then(() => 'written', messageOf)
  expect(await Promise.all([first, second])).toEqual([
    `another backup to ${file} has begun: wait for that one`,
    'written',
  ])
  expect(await readdir(folder)).toEqual(['x.gz'])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(
    gunzipSync(await readFile(file))
      .toString()
      .endsWith('\\.\n'),
  ).toBe(true)
  await db.destroy()
})

test('a backup of a database that is not there says so of the database, and leaves no file', async () => {
  const folder = await temporaryFolder()
  const DATABASE_URL = 'postgres://postgres@127.0.0.1:1/postgres'
  const { code, stderr } = await runCli({ ...process.env, DATABASE_URL }, 'backup', join(folder, 'x.gz'))
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^redline: .*ECONNREFUSED.*\n$/)])
  expect(await readdir(folder)).toEqual([])
})
