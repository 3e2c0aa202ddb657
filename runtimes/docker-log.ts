import { IncomingMessage } from 'node:http'
import { constants, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { unlessRefused, type DockerEngine } from './docker-connect.ts'
import { LOG_HEAD_BYTES, readPart } from './log-file.ts'

/** Lines that are asked of Docker for the end of a log. */
const TAIL_LINES = 2000

/**
 * Logs of containers by offset, which Docker does not know: the head of each is copied to a file in `folder` as it is
 * written. The file's own size says from where a worker that was started again goes on.
 */
export class DockerLogs {
  readonly #engine: DockerEngine
  readonly #folder: string
  readonly #copies = new Map<string, Promise<void>>()

  constructor(engine: DockerEngine, folder: string) {
    this.#engine = engine
    this.#folder = folder
  }

  /** Returns bytes of the log of a running or ended container; of one that has ended nothing is left out. */
  async read(
    container: { name: string; running: boolean },
    offset: number,
    maxBytes: number,
  ): Promise<Buffer> {
    if (offset < 0) return (await this.#tail(container.name)).subarray(offset).subarray(0, maxBytes)
    const copied = this.#copy(container.name)
    if (!container.running) await copied
    return readPart(this.#path(container.name), offset, maxBytes)
  }

  /** Removes what was copied of a container that is gone. */
  async forget(name: string): Promise<void> {
    await this.#copies.get(name)
    this.#copies.delete(name)
    await rm(this.#path(name), { force: true })
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.log`)
  }

  #copy(name: string): Promise<void> {
    const running = this.#copies.get(name)
    if (running !== undefined) return running
    const copying = this.#follow(name).catch(() => {
      // The stream broke off with the Docker engine: the next reader goes on from the file's end.
      this.#copies.delete(name)
    })
    this.#copies.set(name, copying)
    return copying
  }

  async #follow(name: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const file = await open(this.#path(name), constants.O_WRONLY | constants.O_CREAT)
    try {
      const known = (await file.stat()).size
      if (known >= LOG_HEAD_BYTES) return
      const stream = await this.#engine.streams
        .getContainer(name)
        .logs({ follow: true, stdout: true, stderr: true })
      // An engine outlives its worker: its log must not keep the worker from ending.
      if (stream instanceof IncomingMessage) stream.socket.unref()
      let at = 0
      for await (const piece of logPieces(Readable.from(stream))) {
        const fresh = piece
          .subarray(Math.max(0, known - at))
          .subarray(0, LOG_HEAD_BYTES - Math.max(at, known))
        // By position, not appended: a worker that still ends and the next one write the same to the same place.
        if (fresh.length > 0) await file.write(fresh, 0, fresh.length, Math.max(at, known))
        at += piece.length
        if (at >= LOG_HEAD_BYTES) return
      }
    } finally {
      await file.close()
    }
  }

  async #tail(name: string): Promise<Buffer> {
    const log = await unlessRefused(
      this.#engine.calls.getContainer(name).logs({ stdout: true, stderr: true, tail: TAIL_LINES }),
      404,
    )
    const pieces: Buffer[] = []
    if (log !== null) for await (const piece of logPieces(Readable.from([log]))) pieces.push(piece)
    return Buffer.concat(pieces)
  }
}

const HEADER_BYTES = 8

/** Yields what a container wrote, without the headers by which Docker tells its two outputs apart. */
export async function* logPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(4)
      if (rest.length < end) break
      yield rest.subarray(HEADER_BYTES, end)
      rest = rest.subarray(end)
    }
  }
}
