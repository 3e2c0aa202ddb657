import { parentPort } from 'node:worker_threads'
import { runLoad } from './run.ts'
import { packError, type FromThread, type ThreadTask, type ToThread } from './thread-messages.ts'

const port = parentPort
if (port === null) throw new Error('this file is the main module of a worker thread')

const post = (message: FromThread) => port.postMessage(message)
const abort = new AbortController()

port.on('message', (message: ToThread) => {
  if (message.type === 'abort') abort.abort()
  else void run(message.task)
})

async function run({ options, reportProgress }: ThreadTask): Promise<void> {
  try {
    const result = await runLoad({
      ...options,
      signal: abort.signal,
      ...(reportProgress ? { onProgress: (live) => post({ type: 'progress', live }) } : {}),
    })
    post({ type: 'result', result })
  } catch (error) {
    post({ type: 'failed', error: packError(error) })
  }
}
