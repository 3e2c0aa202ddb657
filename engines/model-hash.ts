import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'

const MIB = 2 ** 20
/** A file up to this size is read whole: a second or so, while the engine loads it anyway. */
const WHOLE_UP_TO = 1024 * MIB
const SAMPLES = 64

/** Tells model files apart; by path, size and time of change, so that each is read once. */
const known = new Map<string, Promise<string>>()

/**
 * Returns the hash of a model file: `sha256:...` of the whole of it, as sha256sum prints, up to 1 GiB; of a larger
 * one `sha256-sampled:...`, over its length and 64 evenly spaced MiB, the first and the last among them, which takes
 * well under a second but does not see a change between them. Null for what is no file.
 */
export async function modelHash(path: string): Promise<string | null> {
  try {
    const found = await stat(path)
    const { size, mtimeMs } = found
    if (!found.isFile()) return null
    const id = `${path}\n${size}\n${mtimeMs}`
    const hash = known.get(id) ?? (size <= WHOLE_UP_TO ? hashWhole(path) : hashSamples(path, size))
    known.set(id, hash)
    hash.catch(() => known.delete(id))
    return await hash
  } catch {
    return null
  }
}

async function hashWhole(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: MIB })) hash.update(asBuffer(piece))
  return `sha256:${hash.digest('hex')}`
}

/** Exported for its test, which has no file of more than a GiB. */
export async function hashSamples(path: string, size: number): Promise<string> {
  const hash = createHash('sha256').update(String(size))
  await using file = await open(path)
  const piece = Buffer.alloc(Math.min(MIB, size))
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = Math.floor(((size - piece.length) * sample) / (SAMPLES - 1))
    const { bytesRead } = await file.read(piece, 0, piece.length, at)
    hash.update(piece.subarray(0, bytesRead))
  }
  return `sha256-sampled:${hash.digest('hex')}`
}

function asBuffer(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece
  throw new TypeError('a file is read as bytes')
}
