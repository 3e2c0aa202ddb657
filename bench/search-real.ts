import { z } from 'zod'
import { messageOf } from '../domain/message-of.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { AskTell } from '../search/ask-tell.ts'
import { optunaRuns } from './optuna.ts'
import {
  readSurface,
  rowFinder,
  SURFACE_PROBLEM,
  surfaceConfigurations,
  type SurfaceRow,
} from './real-surface.ts'

// How soon searches come to within 5 % of the best configuration of a real llama-server, over a table of what every
// configuration was measured at (bench/search-real-measure.ts).

const surface = readSurface()
if (surface?.rows.length !== surfaceConfigurations().length)
  throw new Error('the table is not complete: npm run bench:search-real:measure, on a quiet machine')
const rowOf = rowFinder(surface)
const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
const trials = surface.rows.length
const NEAR = 0.95

const { limit, metric } = {
  limit: SURFACE_PROBLEM.constraints[0]?.value ?? Infinity,
  metric: 'output_tokens_per_second',
} as const
/** What a configuration serves within the limit; nothing otherwise. */
const worth = (row: SurfaceRow | undefined) =>
  row?.status === 'ok' && row.metrics.ttft_p90_ms <= limit ? row.metrics[metric] : 0
const best = Math.max(...surface.rows.map(worth))
const failed = surface.rows.filter(({ status }) => status === 'failed').length
const near = surface.rows.filter((row) => worth(row) >= NEAR * best).length

console.log(
  `${surface.rows.length} configurations on ${surface.machine}, ${surface.measuredOn}: ${failed} do not start, ` +
    `${surface.rows.filter((row) => worth(row) > 0).length} meet the limit, ${near} within 5 % of the best (${best.toFixed(1)} tokens/s)`,
)
console.log(
  '| search | trials to within 5 %: median | p90 | failed until then, median | engine min until then, median |',
)
console.log('| --- | --- | --- | --- | --- |')
for (const method of ['model', 'random', 'sobol'])
  report(
    `redline ${method}`,
    seeds.map((seed) => asked(method, seed)),
  )
try {
  const runs = await optunaRuns(surface.rows, seeds, trials)
  report(
    'optuna tpe (multivariate, group)',
    runs.map((run) => run.flatMap((number) => surface.rows.slice(number, number + 1))),
  )
} catch (error) {
  console.log(`Optuna was left out: ${messageOf(error)}`)
}

function report(name: string, runs: SurfaceRow[][]): void {
  const until = runs.map((rows) => {
    const index = rows.findIndex((row) => worth(row) >= NEAR * best)
    return index < 0 ? rows : rows.slice(0, index + 1)
  })
  const figure = (value: (rows: SurfaceRow[]) => number, p: number) =>
    percentile(until.map(value), p)?.toFixed(1) ?? '-'
  const count = (rows: SurfaceRow[]) => rows.length
  const failures = (rows: SurfaceRow[]) => rows.filter(({ status }) => status === 'failed').length
  const minutes = (rows: SurfaceRow[]) => rows.reduce((sum, row) => sum + row.cost_s, 0) / 60
  const cells = [name, figure(count, 0.5), figure(count, 0.9), figure(failures, 0.5), figure(minutes, 0.5)]
  console.log(`| ${cells.join(' | ')} |`)
}

/** The rows that a search asks for in turn, by the protocol that any program would use. */
function asked(method: string, seed: number): SurfaceRow[] {
  const session = new AskTell()
  session.answer(JSON.stringify({ op: 'problem', problem: SURFACE_PROBLEM, seed, method }))
  const Answer = z.object({
    suggestions: z.array(z.object({ id: z.string(), config: z.record(z.string(), z.unknown()) })),
  })
  const rows: SurfaceRow[] = []
  while (rows.length < trials) {
    const [suggestion] = Answer.parse(session.answer(JSON.stringify({ op: 'ask' }))).suggestions
    const row = suggestion === undefined ? undefined : rowOf(suggestion.config)
    if (suggestion === undefined || row === undefined) break
    rows.push(row)
    if (worth(row) >= NEAR * best) break
    session.answer(JSON.stringify({ op: 'tell', id: suggestion.id, ...row }))
  }
  return rows
}
