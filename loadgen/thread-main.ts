import { parentPort } from 'node:worker_threads'
import type { RequestRecord } from '../domain/measurement.ts'
import { exerciseClient } from './exercise.ts'
import { lineWriter } from './request-lines.ts'
import { runShard } from './run.ts'
import { packError, type FromThread, type ThreadTask, type ToThread } from './thread-messages.ts'

// The main module of the load generator's thread: one share of one run, then it waits to be ended.

/** Lines are passed on in bundles. */
const LINES_AT_ONCE = 64
const port = parentPort
if (port === null) throw new Error('this file is the main module of a worker thread')

const post = (message: FromThread) => port.postMessage(message)
const abort = new AbortController()
const stop = new AbortController()
const begin = Promise.withResolvers<number>()
abort.signal.addEventListener('abort', () => begin.reject(abort.signal.reason))
begin.promise.catch(() => undefined)
// Without it the first requests are timed less exactly, and that is all.
const exercised = exerciseClient().catch(() => undefined)

port.on('message', (message: ToThread) => {
  if (message.type === 'abort') abort.abort()
  else if (message.type === 'stop') stop.abort()
  else if (message.type === 'begin') begin.resolve(message.originWallMs)
  else void run(message.task)
})

async function run({ options, shard, reportProgress, records }: ThreadTask): Promise<void> {
  const bundle = lineBundle()
  try {
    await exercised
    const result = await runShard(
      {
        ...options,
        signal: abort.signal,
        stopSending: stop.signal,
        ...(reportProgress ? { onProgress: (live) => post({ type: 'progress', live }) } : {}),
        ...(records === 'keep' ? {} : { onRecord: records === 'lines' ? bundle.add : () => undefined }),
      },
      shard,
      async () => {
        post({ type: 'ready' })
        const originWallMs = await begin.promise
        bundle.begin(originWallMs)
        return originWallMs - performance.timeOrigin
      },
    )
    bundle.flush()
    post({ type: 'result', result })
  } catch (error) {
    bundle.flush()
    post({ type: 'failed', error: packError(error) })
  }
}

function lineBundle() {
  let originWallMs = performance.timeOrigin
  let write = lineWriter(originWallMs)
  let sentMs: number[] = []
  let lines: string[] = []
  function flush(): void {
    if (lines.length === 0) return
    post({ type: 'lines', lines: { originWallMs, sentMs: Float64Array.from(sentMs), lines } })
    sentMs = []
    lines = []
  }
  return {
    begin: (runOriginWallMs: number): void => {
      originWallMs = runOriginWallMs
      write = lineWriter(originWallMs)
    },
    add: (record: RequestRecord): void => {
      sentMs.push(record.sentMs)
      lines.push(write(record))
      if (lines.length >= LINES_AT_ONCE) flush()
    },
    flush,
  }
}
