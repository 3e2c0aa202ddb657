import { Worker } from 'node:worker_threads'
import type { Insight } from '../../domain/insight.ts'
import type { SearchMethod } from '../../domain/tuning.ts'
import type { SearchProblem, Suggestion, Trial } from '../problem.ts'

/** What is asked of the thread, and what it answers. */
export type SearchTask =
  | { task: 'suggest'; problem: SearchProblem; trials: Trial[]; seed: number; method: SearchMethod }
  | { task: 'insight'; problem: SearchProblem; trials: Trial[] }
export interface TaskAnswers {
  suggest: Suggestion | null
  insight: Insight | null
}
export type SearchCall = SearchTask & { id: number }
export type SearchAnswer = { id: number } & ({ result: TaskAnswers[SearchTask['task']] } | { error: string })

/** Does what the functions of the search do off the caller's thread. */
export interface SearchThread {
  /** Suggests what to try next; null when the space is used up. */
  suggest(
    problem: SearchProblem,
    trials: Trial[],
    seed: number,
    method: SearchMethod,
  ): Promise<Suggestion | null>
  insight(problem: SearchProblem, trials: Trial[]): Promise<Insight | null>
}

/** Makes a thread of the search, which is started with the first call and keeps nothing alive. */
export function createSearchThread(): SearchThread {
  let worker: Worker | null = null
  let calls = 0
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()

  const start = (): Worker => {
    const started = new Worker(new URL('./search-thread-main.ts', import.meta.url))
    started.on('message', (answer: SearchAnswer) => {
      const call = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
      if ('error' in answer) call?.reject(new Error(answer.error))
      else call?.resolve(answer.result)
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

  const call = <Task extends SearchTask['task']>(
    task: SearchTask & { task: Task },
  ): Promise<TaskAnswers[Task]> =>
    new Promise((resolve, reject) => {
      worker ??= start()
      const id = ++calls
      // The thread answers each task with what its function returns.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      waiting.set(id, { resolve: (result) => resolve(result as TaskAnswers[Task]), reject })
      worker.ref()
      worker.postMessage({ ...task, id } satisfies SearchCall)
    })

  return {
    suggest: (problem, trials, seed, method) => call({ task: 'suggest', problem, trials, seed, method }),
    insight: (problem, trials) => call({ task: 'insight', problem, trials }),
  }
}
