import { open } from 'node:fs/promises'

/** Values of a GGUF header by key; arrays are given by their length alone. */
export type GgufMetadata = Map<string, string | number | boolean | { length: number }>

const STRING = 8
const ARRAY = 9
/** Bytes of each scalar type, by its number in the format (ggml/include/gguf.h of llama.cpp b11434). */
const SCALAR_BYTES: Record<number, number> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}
const FIRST_READ = 2 ** 20
/** A header holds the vocabulary, some MiB; what is longer is no model. */
const LONGEST_HEADER = 2 ** 28

/** Reads the metadata of a GGUF file; null when it is none. */
export async function readGgufMetadata(path: string): Promise<GgufMetadata | null> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    for (let bytes = FIRST_READ; ; bytes *= 8) {
      const wanted = Math.min(bytes, size, LONGEST_HEADER)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, 0)
      try {
        return parse(buffer.subarray(0, bytesRead))
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        // The header goes on after what was read, or there is no more.
        if (wanted < bytes) return null
      }
    }
  } finally {
    await file.close()
  }
}

/** @throws {RangeError} when the header does not end within the bytes. */
function parse(bytes: Buffer): GgufMetadata | null {
  if (bytes.subarray(0, 4).toString('latin1') !== 'GGUF' || bytes.readUInt32LE(4) < 2) return null
  let offset = 16
  const number64 = () => Number(bytes.readBigUInt64LE((offset += 8) - 8))
  const skip = (count: number) => {
    offset += count
    if (offset > bytes.length) throw new RangeError('the header goes on')
  }
  const text = () => {
    const length = number64()
    const start = offset
    skip(length)
    return bytes.subarray(start, offset).toString('utf8')
  }
  const scalar = (type: number): number | boolean => {
    const start = offset
    skip(SCALAR_BYTES[type] ?? Infinity)
    switch (type) {
      case 0:
        return bytes.readUInt8(start)
      case 1:
        return bytes.readInt8(start)
      case 2:
        return bytes.readUInt16LE(start)
      case 3:
        return bytes.readInt16LE(start)
      case 4:
        return bytes.readUInt32LE(start)
      case 5:
        return bytes.readInt32LE(start)
      case 6:
        return bytes.readFloatLE(start)
      case 7:
        return bytes.readUInt8(start) !== 0
      case 10:
        return Number(bytes.readBigUInt64LE(start))
      case 11:
        return Number(bytes.readBigInt64LE(start))
      default:
        return bytes.readDoubleLE(start)
    }
  }
  const list = (): { length: number } => {
    const type = bytes.readUInt32LE((offset += 4) - 4)
    const length = number64()
    if (type === STRING || type === ARRAY) for (let i = 0; i < length; i++) (type === STRING ? text : list)()
    else skip(length * (SCALAR_BYTES[type] ?? Infinity))
    return { length }
  }
  const metadata: GgufMetadata = new Map()
  const count = number64()
  for (let i = 0; i < count; i++) {
    const key = text()
    const type = bytes.readUInt32LE((offset += 4) - 4)
    metadata.set(key, type === STRING ? text() : type === ARRAY ? list() : scalar(type))
  }
  return metadata
}
