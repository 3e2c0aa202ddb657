import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { runningDatabaseUrl } from '../components/embedded-postgres.ts'
import { readBackup, writeBackup, type Kept } from '../database/backup.ts'
import type { Settings } from '../domain/settings.ts'

/** Writes a backup, compressed: to a file that is there only when it is whole, or to standard output for `-`. */
export async function backUp(settings: Settings, file: string): Promise<Kept> {
  const databaseUrl = await databaseOf(settings)
  const partial = `${file}.part`
  const zip = createGzip()
  try {
    const target = file === '-' ? process.stdout : createWriteStream(partial, { mode: 0o600 })
    const [kept] = await Promise.all([writeBackup(databaseUrl, zip), pipeline(zip, target)])
    if (file !== '-') await rename(partial, file)
    return kept
  } finally {
    await rm(partial, { force: true })
  }
}

/**
 * Reads a backup, all of it or nothing, into a service that has no tunings; from standard input for `-`.
 *
 * @throws {Error} with what to do.
 */
export async function restore(settings: Settings, file: string): Promise<Kept> {
  const databaseUrl = await databaseOf(settings)
  const unzipped = createGunzip()
  const reading = pipeline(file === '-' ? process.stdin : createReadStream(file), unzipped)
  const [kept, read] = await Promise.allSettled([
    readBackup(databaseUrl, unzipped).finally(() => unzipped.destroy()),
    reading,
  ])
  if (kept.status === 'fulfilled') return kept.value
  const cause: unknown = read.status === 'rejected' ? read.reason : null
  if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))
    throw new Error('this is no backup of Redline, or it is cut off')
  throw kept.reason
}

/** Where the database is: the one that is configured, or that of the service which runs on the state folder. */
async function databaseOf({ DATABASE_URL: configured, REDLINE_HOME: home }: Settings): Promise<string> {
  const url = configured ?? (await runningDatabaseUrl(join(resolve(home), 'postgres')))
  if (url === null)
    throw new Error('no database: set DATABASE_URL, or run the service of this state folder first')
  return url
}
