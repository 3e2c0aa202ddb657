import { appendEngineLog, keptLogBytes, type LogPlace } from '../database/artifacts.ts'
import type { Database } from '../database/connect.ts'
import { maskKnown } from '../domain/mask-secrets.ts'
import type { Runtime } from '../runtimes/runtime.ts'

const PIECE_BYTES = 256 * 1024
const TAIL_BYTES = 128 * 1024

/** What is kept of one engine's log: an engine that logs without end must not fill the database. */
const KEPT_BYTES = 8 * 1024 * 1024

/** Copies what an engine's log has gained since the last copy to the database, in whole lines without the secrets. */
export async function keepEngineLog(
  db: Database,
  runtime: Runtime,
  key: string,
  place: LogPlace,
  { partialLine = false, secrets }: { partialLine?: boolean; secrets: readonly string[] },
): Promise<void> {
  for (;;) {
    const from = await keptLogBytes(db, place)
    if (from >= KEPT_BYTES) return
    const bytes = await runtime.readLog(key, from, PIECE_BYTES)
    const newline = bytes.lastIndexOf('\n'.charCodeAt(0))
    const whole =
      partialLine || (newline < 0 && bytes.length === PIECE_BYTES) ? bytes : bytes.subarray(0, newline + 1)
    if (whole.length === 0) return
    const content = maskKnown(whole.toString('utf8'), secrets)
    await appendEngineLog(db, place, { from, to: from + whole.length, content })
    if (bytes.length < PIECE_BYTES) return
  }
}

/** Returns the last lines of an engine's log, without the secrets. */
export async function engineLogTail(
  runtime: Runtime,
  key: string,
  secrets: readonly string[],
): Promise<string[]> {
  const bytes = await runtime.readLog(key, -TAIL_BYTES, TAIL_BYTES)
  return maskKnown(bytes.toString('utf8'), secrets)
    .split(/\r?\n/)
    .filter((line) => line !== '')
}
