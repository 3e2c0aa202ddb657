import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { runningDatabaseUrl } from '../components/embedded-postgres.ts'
import { readBackup, writeBackup, type Kept } from '../database/backup.ts'
import { cannotRead } from '../domain/file-failures.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Settings } from '../domain/settings.ts'

/**
 * Writes a backup, compressed: to a file that is there only when it is whole, or to standard output for `-`.
 *
 * @throws {Error} with what to do: a file that cannot be written, a database that is not there.
 */
export async function backUp(settings: Settings, file: string): Promise<Kept> {
  if (file === '-') return written(settings, file, process.stdout)
  const partial = `${file}.part`
  // One that was killed may have left its own; one that still goes on finds that this is not its own any more.
  await rm(partial, { force: true }).catch(() => undefined)
  const handle = await open(partial, 'wx', 0o600).catch(cannotWrite(file))
  const { ino } = await handle.stat()
  const isOurs = async () => (await stat(partial).catch(() => null))?.ino === ino
  try {
    const kept = await written(settings, file, handle.createWriteStream())
    if (!(await isOurs())) throw new Error(`another backup to ${file} has begun: wait for that one`)
    await rename(partial, file).catch(cannotWrite(file))
    return kept
  } finally {
    if (await isOurs()) await rm(partial, { force: true })
  }
}

/** Waits for both ends whichever fails: the connection is closed, and the file too, before anything is said. */
async function written(settings: Settings, file: string, target: Writable): Promise<Kept> {
  const zip = createGzip()
  let full: unknown
  // Each end fails with what the other failed with: only the first of them was at fault.
  target.once('error', (error) => {
    if (!zip.destroyed) full = error
  })
  const [kept, zipped] = await Promise.allSettled([
    databaseOf(settings)
      .then((databaseUrl) => writeBackup(databaseUrl, zip))
      .catch((error: unknown) => {
        zip.destroy(error instanceof Error ? error : new Error(String(error)))
        throw error
      }),
    pipeline(zip, target),
  ])
  if (full !== undefined) return cannotWrite(file)(full)
  if (kept.status === 'rejected') throw kept.reason
  if (zipped.status === 'rejected') return cannotWrite(file)(zipped.reason)
  return kept.value
}

function cannotWrite(file: string): (error: unknown) => never {
  return (error) => {
    const what = file === '-' ? 'to standard output' : file
    throw new Error(`cannot write ${what}: ${remedy(file, error)}`, { cause: error })
  }
}

function remedy(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return `there is no folder ${dirname(file)}: make it, or name another file`
  if (code === 'ENOSPC') return 'the disk is full: make room, or name a file on another disk'
  if (code === 'EEXIST') return 'another backup to it has just begun'
  if (code === 'EISDIR') return 'it is a folder: name a file in it'
  if (code === 'EPIPE') return 'who read it has stopped: the backup is not whole'
  return `${messageOf(error)}: name another file`
}

/**
 * Reads a backup, all of it or nothing, into a service that has nothing yet; from standard input for `-`.
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
  if (cause instanceof Error && 'syscall' in cause) throw new Error(cannotRead(file, cause))
  throw kept.reason
}

/** Where the database is: the one that is configured, or that of the service which runs on the state folder. */
async function databaseOf({ DATABASE_URL: configured, REDLINE_HOME: home }: Settings): Promise<string> {
  const url = configured ?? (await runningDatabaseUrl(join(resolve(home), 'postgres')))
  if (url === null)
    throw new Error('no database: set DATABASE_URL, or run the service of this state folder first')
  return url
}
