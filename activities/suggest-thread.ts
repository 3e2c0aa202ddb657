import { Worker } from 'node:worker_threads'
import type { SearchProblem, Suggestion, Trial } from '../search/problem.ts'

/** What is asked of the thread, and what it answers. */
export interface SuggestCall {
  id: number
  problem: SearchProblem
  trials: Trial[]
  count: number
  seed: number
}
export type SuggestAnswer = { id: number } & ({ suggestions: Suggestion[] } | { error: string })

export type SuggestFunction = (
  problem: SearchProblem,
  trials: Trial[],
  count: number,
  seed: number,
) => Promise<Suggestion[]>

/** Does what `suggest` does in a thread of its own, which is started once and keeps nothing alive. */
export function createSuggestThread(): SuggestFunction {
  let worker: Worker | null = null
  let calls = 0
  const waiting = new Map<
    number,
    { resolve: (suggestions: Suggestion[]) => void; reject: (error: Error) => void }
  >()

  const start = (): Worker => {
    const started = new Worker(new URL('./suggest-thread-main.ts', import.meta.url))
    started.on('message', (answer: SuggestAnswer) => {
      const call = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
      if ('error' in answer) call?.reject(new Error(answer.error))
      else call?.resolve(answer.suggestions)
    })
    const ended = (error: Error) => {
      if (worker === started) worker = null
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
    started.on('error', ended)
    started.on('exit', (code) => ended(new Error(`the thread of the search ended with code ${code}`)))
    return started
  }

  return (problem, trials, count, seed) =>
    new Promise((resolve, reject) => {
      worker ??= start()
      const call: SuggestCall = { id: ++calls, problem, trials, count, seed }
      waiting.set(call.id, { resolve, reject })
      worker.ref()
      worker.postMessage(call)
    })
}
