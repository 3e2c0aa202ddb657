import { z } from 'zod'
import { hypervolume, paretoFront, type Pair } from '../search/pareto.ts'
import { AskTell } from '../search/ask-tell.ts'
import type { SearchBenchProblem } from './search-problems.ts'

/** What a run of a search over a problem came to. */
export interface SearchRun {
  /** After each trial: how far what would be recommended truly is from the optimum, 0 to 1. */
  gaps: number[]
  failedShare: number
  engineHours: number
  /** CPU per suggestion with its tell, in seconds. */
  suggestSeconds: number
}

const Asked = z.object({
  suggestions: z.tuple([z.object({ id: z.string(), config: z.record(z.string(), z.unknown()) })]),
})
const Told = z.object({ incumbent: z.object({ config: z.record(z.string(), z.unknown()) }).nullable() })

/** Drives a search by its protocol, as any other program would. */
export function runSearch(
  problem: SearchBenchProblem,
  seed: number,
  trials: number,
  method: string,
): SearchRun {
  const session = new AskTell()
  const send = (line: unknown) => session.answer(JSON.stringify(line))
  send({ op: 'problem', problem: problem.spec, seed, method })
  const gaps: number[] = []
  const feasible: { observed: Pair; truth: number[] | null }[] = []
  let failed = 0
  let seconds = 0
  let cpuMicroseconds = 0
  for (let n = 0; n < trials; n++) {
    const before = process.cpuUsage()
    const [{ id, config }] = Asked.parse(send({ op: 'ask', count: 1 })).suggestions
    const asked = process.cpuUsage(before)
    const answer = problem.evaluate(config, seed, n)
    seconds += answer.cost_s
    if (answer.status === 'failed') failed++
    const beforeTell = process.cpuUsage()
    const { incumbent } = Told.parse(send({ op: 'tell', id, ...answer }))
    const told = process.cpuUsage(beforeTell)
    cpuMicroseconds += asked.user + asked.system + told.user + told.system
    if (problem.signs.length === 1) gaps.push(gapOf(problem, incumbent?.config))
    else {
      const values = answer.status === 'ok' ? problem.observed(answer.metrics) : null
      if (values !== null) feasible.push({ observed: signed(problem, values), truth: problem.truth(config) })
      gaps.push(missingHypervolume(problem, feasible))
    }
  }
  return {
    gaps,
    failedShare: failed / trials,
    engineHours: seconds / 3600,
    suggestSeconds: cpuMicroseconds / 1e6 / trials,
  }
}

function gapOf(problem: SearchBenchProblem, incumbent: Record<string, unknown> | undefined): number {
  const { optimum, signs } = problem
  const value = incumbent === undefined ? undefined : problem.truth(incumbent)?.[0]
  if (value === undefined || !('value' in optimum)) return 1
  const gap = signs[0] === 1 ? 1 - value / optimum.value : value / optimum.value - 1
  return Math.min(1, Math.max(0, gap))
}

function signed({ signs }: SearchBenchProblem, values: readonly number[]): Pair {
  return [(signs[0] ?? 1) * (values[0] ?? 0), (signs[1] ?? 1) * (values[1] ?? 0)]
}

/** The share of the known hypervolume that the true values of the observed front do not cover. */
function missingHypervolume(
  { optimum }: SearchBenchProblem,
  feasible: { observed: Pair; truth: number[] | null }[],
): number {
  if (!('front' in optimum)) return 1
  const { front, reference, ideal } = optimum
  const place = (values: readonly number[], index: number) =>
    ((values[index] ?? 0) - (reference[index] ?? 0)) / ((ideal[index] ?? 1) - (reference[index] ?? 0))
  const normalised = (values: readonly number[]): Pair => [place(values, 0), place(values, 1)]
  const observed = new Set(paretoFront(feasible.map((entry) => entry.observed)).map((pair) => pair.join()))
  const found = feasible.flatMap((entry) =>
    entry.truth !== null && observed.has(entry.observed.join()) ? [normalised(entry.truth)] : [],
  )
  const all = front.map(({ values }) => normalised(values))
  return Math.max(0, 1 - hypervolume(paretoFront(found), [0, 0]) / hypervolume(paretoFront(all), [0, 0]))
}
