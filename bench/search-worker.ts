import { z } from 'zod'
import { loadProblem } from './search-problems.ts'
import { runSearch } from './search-run.ts'

const Job = z.object({
  folder: z.string(),
  id: z.string(),
  seed: z.number(),
  trials: z.number(),
  method: z.string(),
})

process.on('message', (message) => {
  void (async () => {
    const { folder, id, seed, trials, method } = Job.parse(message)
    process.send?.({ id, seed, run: runSearch(await loadProblem(folder, id), seed, trials, method) })
  })()
})
