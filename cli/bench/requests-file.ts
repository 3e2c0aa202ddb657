import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { RequestLines } from '../../loadgen/thread-messages.ts'
import { cannotWrite, CommandFailure } from '../failure.ts'

const COPY_BYTES = 1 << 20

/**
 * A file of requests in order of sending. They come in order of their ends, so they are written to a file beside it as
 * they come and put in order at the end: memory holds two numbers a request. What the file held before stays until there
 * are lines to put in its place.
 */
export class RequestsFile {
  readonly #path: string
  readonly #partPath: string
  readonly #orderedPath: string
  readonly #part: number
  #sentMs = new Float64Array(1024)
  #ends = new Float64Array(1024)
  #count = 0
  #bytes = 0

  /** Throws a {@link CommandFailure} when the file cannot be written. */
  constructor(path: string) {
    this.#path = path
    this.#partPath = `${path}.part`
    this.#orderedPath = `${path}.ordered`
    try {
      this.#part = openSync(this.#partPath, 'w+')
    } catch (error) {
      throw new CommandFailure(cannotWrite(path, error))
    }
  }

  /** Takes lines, of whatever run: each tells when it began. */
  add({ originWallMs, sentMs, lines }: RequestLines): void {
    const text = Buffer.from(lines.join(''))
    writeSync(this.#part, text)
    for (const [index, line] of lines.entries()) {
      if (this.#count === this.#ends.length) this.#grow()
      this.#bytes += Buffer.byteLength(line)
      this.#sentMs[this.#count] = originWallMs + (sentMs[index] ?? 0)
      this.#ends[this.#count] = this.#bytes
      this.#count += 1
    }
  }

  /**
   * Puts the lines in order and into the file, which stays as it was when there are none, and lets go of it.
   *
   * @throws {CommandFailure} when they cannot be written; the file is then as it was.
   */
  finish(): void {
    try {
      if (this.#count === 0) return
      this.#writeOrdered()
      renameSync(this.#orderedPath, this.#path)
    } catch (error) {
      throw new CommandFailure(cannotWrite(this.#path, error))
    } finally {
      closeSync(this.#part)
      rmSync(this.#partPath, { force: true })
      rmSync(this.#orderedPath, { force: true })
    }
  }

  #writeOrdered(): void {
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index)
    order.sort((a, b) => (this.#sentMs[a] ?? 0) - (this.#sentMs[b] ?? 0))
    const out = openSync(this.#orderedPath, 'w')
    try {
      let filled = 0
      const buffer = Buffer.allocUnsafe(COPY_BYTES)
      const flush = () => {
        writeSync(out, buffer, 0, filled)
        filled = 0
      }
      for (const index of order) {
        const start = index === 0 ? 0 : (this.#ends[index - 1] ?? 0)
        const length = (this.#ends[index] ?? 0) - start
        if (filled + length > COPY_BYTES) flush()
        if (length > COPY_BYTES) {
          const long = Buffer.allocUnsafe(length)
          readSync(this.#part, long, 0, length, start)
          writeSync(out, long)
        } else filled += readSync(this.#part, buffer, filled, length, start)
      }
      flush()
    } finally {
      closeSync(out)
    }
  }

  #grow(): void {
    const [sentMs, ends] = [this.#sentMs, this.#ends]
    this.#sentMs = new Float64Array(sentMs.length * 2)
    this.#ends = new Float64Array(ends.length * 2)
    this.#sentMs.set(sentMs)
    this.#ends.set(ends)
  }
}
