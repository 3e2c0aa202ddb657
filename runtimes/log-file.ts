import { open, stat, truncate } from 'node:fs/promises'

/** The beginning of a log that always stays: more of it than anybody copies elsewhere. */
export const LOG_HEAD_BYTES = 16 * 1024 * 1024

/** What a log may grow to before all but its head is cut off. */
export const LOG_MOST_BYTES = 256 * 1024 * 1024

/** Returns bytes of a file from an offset on, a negative one counted from its end; empty when there are none. */
export async function readPart(path: string, offset: number, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return Buffer.alloc(0)
  try {
    const start = offset >= 0 ? offset : Math.max(0, (await file.stat()).size + offset)
    const buffer = Buffer.alloc(maxBytes)
    const { bytesRead } = await file.read(buffer, 0, maxBytes, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Cuts a log that grew past `mostBytes` back to its head, while its engine writes on: the file must be open for
 * appending. Offsets into the head stay right, and the end of the file stays the end of the log.
 */
export async function boundLog(path: string, mostBytes: number): Promise<void> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
  if (size > mostBytes) await truncate(path, Math.min(LOG_HEAD_BYTES, mostBytes))
}
