import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { anySignal } from './any-signal.ts'

export interface FetchOptions {
  headers?: Record<string, string>
  signal?: AbortSignal
  limits?: Limits
}

export interface DownloadOptions extends FetchOptions {
  /** Lower-case hexadecimal; a download with another hash is an error and leaves nothing. */
  sha256?: string
  /** Called about ten times a second with the bytes so far and, where the server says it, the length. */
  onBytes?: (done: number, total: number | undefined) => void
}

export interface Limits {
  /** Until the server answers. A connection that takes longer than 10 s fails in any case. */
  answerMs: number
  /** Between two pieces of the body. */
  stallMs: number
  /** Before the second and the third try. */
  retryMs: readonly number[]
}

const LIMITS: Limits = { answerMs: 20_000, stallMs: 30_000, retryMs: [500, 2000] }
const BYTES_INTERVAL_MS = 100

/** A request that failed; `transient` when the same request may well succeed in a moment. */
export class DownloadError extends Error {
  readonly transient: boolean

  constructor(message: string, transient: boolean) {
    super(message)
    this.name = 'DownloadError'
    this.transient = transient
  }
}

/**
 * Downloads to the path by way of a file beside it, which takes its name when complete and verified. Connections that
 * break are tried again twice; a server that cannot be reached is not.
 *
 * @throws {DownloadError} naming the server and why; with the signal's reason when that aborts.
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  await withRetries(url, options, async (response, arrived) => {
    const partial = `${path}.${randomUUID()}.part`
    const hash = createHash('sha256')
    const length = Number(response.headers.get('content-length') ?? NaN)
    // A body that the server compressed has another length than the file.
    const total = response.headers.has('content-encoding') || Number.isNaN(length) ? undefined : length
    let done = 0
    let reported = 0
    const file = await open(partial, 'wx')
    try {
      for await (const chunk of response.body ?? []) {
        // Its type leaves open what a body is made of.
        if (!(chunk instanceof Uint8Array)) continue
        arrived()
        hash.update(chunk)
        await file.write(chunk)
        done += chunk.byteLength
        if (Date.now() - reported < BYTES_INTERVAL_MS) continue
        reported = Date.now()
        options.onBytes?.(done, total)
      }
      options.onBytes?.(done, total)
      const sha256 = hash.digest('hex')
      if (options.sha256 !== undefined && sha256 !== options.sha256) {
        throw new DownloadError(`${url} has sha256 ${sha256}, not the expected ${options.sha256}`, false)
      }
      await file.sync()
      await file.close()
      await rename(partial, path)
    } finally {
      await file.close()
      await rm(partial, { force: true })
    }
  })
}

/** Fetches JSON, unchecked; fails as {@link download} does, also when the answer is no JSON. */
export async function fetchJson(url: string, options: FetchOptions = {}): Promise<unknown> {
  return withRetries(url, options, async (response) => {
    const text = await response.text()
    try {
      const value: unknown = JSON.parse(text)
      return value
    } catch {
      throw new DownloadError(`${url} did not answer in JSON`, false)
    }
  })
}

/** Returns the sha256 of a file, in lower-case hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

type Consume<T> = (response: Response, arrived: () => void) => Promise<T>

async function withRetries<T>(url: string, options: FetchOptions, consume: Consume<T>): Promise<T> {
  const limits = options.limits ?? LIMITS
  for (const retryMs of limits.retryMs) {
    try {
      return await attempt(url, options, limits, consume)
    } catch (error) {
      if (!(error instanceof DownloadError && error.transient)) throw error
      await delay(retryMs, undefined, { signal: options.signal })
    }
  }
  return attempt(url, options, limits, consume)
}

async function attempt<T>(
  url: string,
  options: FetchOptions,
  limits: Limits,
  consume: Consume<T>,
): Promise<T> {
  const silence = new AbortController()
  const watch = (ms: number, what: string) =>
    setTimeout(() => silence.abort(new DownloadError(`${hostOf(url)} ${what} for ${ms / 1000} s`, true)), ms)
  let timer = watch(limits.answerMs, 'did not answer')
  const arrived = () => {
    clearTimeout(timer)
    timer = watch(limits.stallMs, 'sent nothing')
  }
  try {
    const signal = anySignal(silence.signal, options.signal)
    const response = await fetch(url, { headers: options.headers ?? {}, signal })
    arrived()
    if (!response.ok) {
      await response.body?.cancel()
      throw new DownloadError(
        `${url} answered with HTTP ${response.status}`,
        isTransientStatus(response.status),
      )
    }
    return await consume(response, arrived)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw asDownloadError(url, error)
  } finally {
    clearTimeout(timer)
  }
}

function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

const TRANSIENT_CODES = [
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]

// fetch reports every network failure as a TypeError whose cause says what happened.
function asDownloadError(url: string, error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error
  const code =
    'code' in error.cause && typeof error.cause.code === 'string' ? error.cause.code : error.cause.message
  const transient = TRANSIENT_CODES.includes(code)
  return new DownloadError(
    `${transient ? 'connection to' : 'cannot reach'} ${hostOf(url)}${transient ? ' broke' : ''} (${code})`,
    transient,
  )
}

function hostOf(url: string): string {
  return new URL(url).host
}
