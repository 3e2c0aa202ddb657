import { parentPort } from 'node:worker_threads'
import { suggest } from '../search/suggest.ts'
import type { SuggestAnswer, SuggestCall } from './suggest-thread.ts'

const port = parentPort
if (port === null) throw new Error('this file is the main module of a worker thread')

port.on('message', ({ id, problem, trials, count, seed }: SuggestCall) => {
  let answer: SuggestAnswer
  try {
    answer = { id, suggestions: suggest(problem, trials, count, seed) }
  } catch (error) {
    answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  port.postMessage(answer)
})
