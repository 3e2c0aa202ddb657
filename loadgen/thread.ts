import { Worker } from 'node:worker_threads'
import type { LoadResult, RunOptions } from './run.ts'
import { unpackError, type FromThread, type ThreadTask, type ToThread } from './thread-messages.ts'

/**
 * Does what `runLoad` does in a thread of its own, so that nothing else this process does delays a time stamp.
 * Throws what `runLoad` throws, and an Error when the thread dies.
 */
export async function runLoadInThread({ signal, onProgress, ...options }: RunOptions): Promise<LoadResult> {
  signal?.throwIfAborted()
  const task: ThreadTask = { options, reportProgress: onProgress !== undefined }
  const worker = new Worker(new URL('./thread-main.ts', import.meta.url))
  const post = (message: ToThread) => worker.postMessage(message)
  const abort = () => post({ type: 'abort' })
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await new Promise<LoadResult>((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.type === 'progress') onProgress?.(message.live)
        else if (message.type === 'result') resolve(message.result)
        else reject(unpackError(message.error))
      })
      worker.on('error', reject)
      post({ type: 'start', task })
      worker.on('exit', (code) => reject(new Error(`the load generator's thread ended with code ${code}`)))
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}
