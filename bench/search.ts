import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { meanOf } from '../domain/statistics/moments.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { loadBaselines, problemsFolder, SEARCH_PROBLEMS, type Baseline } from './search-problems.ts'
import type { SearchRun } from './search-run.ts'
import { suggestionTimes } from './search-times.ts'

// How good the search is on simulated engines whose optimum is known, beside the baselines that come with them.

const { values: options } = parseArgs({
  options: {
    problems: { type: 'string' },
    only: { type: 'string', multiple: true },
    seeds: { type: 'string', default: '20' },
    trials: { type: 'string', default: '80' },
    method: { type: 'string', default: 'model' },
    processes: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
})
const folder = problemsFolder(options.problems)
const ids = options.only ?? SEARCH_PROBLEMS
const trials = Number(options.trials)
const seeds = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1)
/** The baseline whose last median is the mark of `tref`: Optuna's TPE. */
const REFERENCE = 'tpe-group'

const Done = z.object({ id: z.string(), run: z.custom<SearchRun>() })
const jobs = ids.flatMap((id) => seeds.map((seed) => ({ folder, id, seed, trials, method: options.method })))
const runs = new Map<string, SearchRun[]>(ids.map((id) => [id, []]))

await Promise.all(
  Array.from({ length: Number(options.processes) }, async () => {
    const worker = fork(new URL('./search-worker.ts', import.meta.url))
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      worker.send(job)
      const message = await new Promise<unknown>((resolve, reject) => {
        worker.removeAllListeners()
        worker.once('message', resolve)
        worker.once('exit', (code) => reject(new Error(`a worker ended with code ${code}`)))
      })
      const { id, run } = Done.parse(message)
      runs.get(id)?.push(run)
    }
    worker.removeAllListeners()
    worker.disconnect()
  }),
)

function summarise(id: string, all: SearchRun[]): Baseline {
  const at = (trial: number) => all.map(({ gaps }) => gaps[Math.min(trial, trials) - 1] ?? 1)
  const gap = (trial: number, p: number) => percentile(at(trial), p) ?? NaN
  return {
    problem: id,
    algo: `redline ${options.method}`,
    seeds: all.length,
    fail: meanOf(all.map(({ failedShare }) => failedShare)),
    cost_h:
      percentile(
        all.map(({ engineHours }) => engineHours),
        0.5,
      ) ?? NaN,
    suggest_s: meanOf(all.map(({ suggestSeconds }) => suggestSeconds)),
    median_curve: Array.from({ length: trials }, (_, index) => gap(index + 1, 0.5)),
    gap20: gap(20, 0.5),
    gap20_p90: gap(20, 0.9),
    gap40: gap(40, 0.5),
    gap40_p90: gap(40, 0.9),
    gap80: gap(80, 0.5),
    gap80_p90: gap(80, 0.9),
  }
}

const baselines = loadBaselines(folder)
const percent = (share: number) => (100 * share).toFixed(1)
const trefs: number[] = []
console.log(
  '| problem | search | seeds | tref | gap % @20 (p90) | @40 (p90) | @80 (p90) | failed % | engine h | s per suggestion |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const id of ids) {
  const ours = summarise(id, runs.get(id) ?? [])
  const others = baselines.filter(({ problem }) => problem === id)
  const mark = others.find(({ algo }) => algo === REFERENCE)?.median_curve.at(-1)
  for (const row of [ours, ...others]) {
    const reached = mark === undefined ? -1 : row.median_curve.findIndex((gap) => gap <= mark + 1e-9)
    const tref = reached < 0 ? `>${row.median_curve.length}` : String(reached + 1)
    if (row === ours && mark !== undefined)
      trefs.push(reached < 0 ? row.median_curve.length + 1 : reached + 1)
    const gaps = [
      [row.gap20, row.gap20_p90],
      [row.gap40, row.gap40_p90],
      [row.gap80, row.gap80_p90],
    ].map(([median = 1, p90 = 1]) => `${percent(median)} (${percent(p90)})`)
    const cells = [
      id,
      row.algo,
      row.seeds,
      tref,
      ...gaps,
      percent(row.fail),
      row.cost_h.toFixed(1),
      row.suggest_s?.toPrecision(2) ?? '-',
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}
if (trefs.length > 0) {
  const mean = Math.exp(meanOf(trefs.map(Math.log)))
  console.log(`\ngeometric mean of tref: ${mean.toFixed(1)}, largest ${Math.max(...trefs)}`)
}
console.log(suggestionTimes())
