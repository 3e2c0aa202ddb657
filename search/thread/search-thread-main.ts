import { parentPort } from 'node:worker_threads'
import { insight } from '../insight/insight.ts'
import { suggest } from '../suggest.ts'
import type { SearchAnswer, SearchCall } from './search-thread.ts'

const port = parentPort
if (port === null) throw new Error('this file is the main module of a worker thread')

port.on('message', (call: SearchCall) => {
  let answer: SearchAnswer
  try {
    answer = { id: call.id, result: resultOf(call) }
  } catch (error) {
    answer = { id: call.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  port.postMessage(answer)
})

function resultOf(call: SearchCall) {
  return call.task === 'suggest'
    ? (suggest(call.problem, call.trials, 1, call.seed, call.method)[0] ?? null)
    : insight(call.problem, call.trials)
}
