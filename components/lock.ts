import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'

export interface LockOptions {
  /** Called once when another process holds the lock. */
  onWait?: () => void
  signal?: AbortSignal
}

const POLL_MS = 200
const SQLITE_BUSY = 5

/**
 * Does the work while holding the lock that the file stands for, among all processes and within this one. The kernel
 * frees it when the process ends, however it ends.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  // SQLite takes the operating system's file lock, for which Node has no call of its own.
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    for (let waits = 0; !tryLock(database); waits++) {
      if (waits === 0) options.onWait?.()
      await setTimeout(POLL_MS, undefined, { signal: options.signal })
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}
