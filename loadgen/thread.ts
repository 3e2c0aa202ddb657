import { Worker } from 'node:worker_threads'
import type { LiveFigures } from '../domain/measurement.ts'
import { searchCapacity } from './capacity.ts'
import { resultOf, type LoadResult } from './result.ts'
import type { RunOptions, ShardResult } from './run-options.ts'
import { unpackError, type FromThread, type RequestLines, type ToThread } from './thread-messages.ts'

export type ThreadRunOptions = Omit<RunOptions, 'onRecord'> & {
  /** Takes the records as lines of JSON, in order of their ends; the result then holds none. */
  onLines?: (lines: RequestLines) => void
  /** False to let go of records once they are digested; true by default. */
  keepRecords?: boolean
}

/**
 * Threads of the load generator collect garbage often and for a short time: with Node's own limit a stamp of 256 streams waited
 * for the collector for more than twice as long.
 */
const LIMITS = { maxYoungGenerationSizeMb: 6 }
/** From when every thread is ready to the start of the run. */
const START_IN_MS = 5

/**
 * Does what `runLoad` does in threads of its own (one, unless `threads` says otherwise), so that nothing else this
 * process does delays a time stamp. Threads share the requests, and what they saw is merged sample by sample. Throws
 * what `runLoad` throws, and an Error when a thread dies.
 */
export async function runLoadInThread(options: ThreadRunOptions): Promise<LoadResult> {
  if ('capacity' in options.workload.load) return searchCapacity(options, runLoadInThread)
  const { signal, stopSending, onProgress, onLines, keepRecords = true, ...passed } = options
  signal?.throwIfAborted()
  // A run that ends with its verdict needs all requests in one place.
  const threads = passed.decide === undefined ? (passed.threads ?? 1) : 1
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./thread-main.ts', import.meta.url), { resourceLimits: LIMITS }),
  )
  const post = (worker: Worker, message: ToThread) => worker.postMessage(message)
  const tellAll = (message: ToThread) => () => {
    for (const worker of workers) post(worker, message)
  }
  const over = new AbortController()
  const once = { once: true, signal: over.signal }
  signal?.addEventListener('abort', tellAll({ type: 'abort' }), once)
  stopSending?.addEventListener('abort', tellAll({ type: 'stop' }), once)
  try {
    const merged = onProgress === undefined ? null : mergedProgress(threads, onProgress)
    const records = onLines !== undefined ? 'lines' : keepRecords ? 'keep' : 'drop'
    const watched = workers.map((worker, index) => {
      post(worker, {
        type: 'prepare',
        task: { options: passed, shard: { index, of: threads }, records, reportProgress: merged !== null },
      })
      return watch(worker, (message) => {
        if (message.type === 'progress') merged?.(index, message.live)
        else if (message.type === 'lines') onLines?.(message.lines)
      })
    })
    await Promise.all(watched.map(({ ready }) => ready))
    signal?.throwIfAborted()
    const originWallMs = performance.timeOrigin + performance.now() + START_IN_MS
    for (const worker of workers) post(worker, { type: 'begin', originWallMs })
    const shards = await Promise.all(watched.map(({ result }) => result))
    return resultOf(shards, options)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    over.abort()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

interface Watched {
  ready: Promise<void>
  /** What the thread has seen. */
  result: Promise<ShardResult>
}

/** Waits for a thread; passes its messages in between on. */
function watch(worker: Worker, take: (message: FromThread) => void): Watched {
  const ready = Promise.withResolvers<void>()
  const result = Promise.withResolvers<ShardResult>()
  const fail = (error: unknown) => {
    ready.reject(error)
    result.reject(error)
  }
  worker.on('message', (message: FromThread) => {
    if (message.type === 'ready') ready.resolve()
    else if (message.type === 'result') result.resolve(message.result)
    else if (message.type === 'failed') fail(unpackError(message.error))
    else take(message)
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`the load generator's thread ended with code ${code}`)))
  result.promise.catch(() => undefined)
  return { ready: ready.promise, result: result.promise }
}

/** Adds up what the threads report; the median is that of the thread that finished most, since medians do not add. */
function mergedProgress(threads: number, report: (live: LiveFigures) => void) {
  const latest = new Map<number, LiveFigures>()
  return (index: number, live: LiveFigures) => {
    latest.set(index, live)
    if (index !== 0 && latest.size === threads) return
    const all = [...latest.values()]
    const sum = (of: (figures: LiveFigures) => number) => all.reduce((total, each) => total + of(each), 0)
    const most = all.reduce((a, b) => (b.completed > a.completed ? b : a))
    report({
      ...live,
      inFlight: sum((each) => each.inFlight),
      completed: sum((each) => each.completed),
      failed: sum((each) => each.failed),
      outputTokensPerSecond: sum((each) => each.outputTokensPerSecond),
      ttftP50Ms: most.ttftP50Ms,
    })
  }
}
