import { parseArgs } from 'node:util'
import {
  batchMeans,
  effectiveSize,
  independentSize,
  isTooDependent,
} from '../domain/statistics/batch-means.ts'
import { requestsToAccept } from '../domain/statistics/binomial.ts'
import { finalistConfidence } from '../domain/confirmation-outcome.ts'
import { comparePairs } from '../domain/statistics/comparison.ts'
import { capacityOf, nextLoad, type LoadRange, type TriedLevel } from '../domain/statistics/load-search.ts'
import { dependentQuantileRanks, isKnowable } from '../domain/statistics/quantile-interval.ts'
import { SequentialTest } from '../domain/statistics/sequential.ts'
import { warmUpLength } from '../domain/statistics/steady-state.ts'
import { percentileOfSorted } from '../domain/statistics/percentile.ts'
import { seeded, type Random } from '../domain/random.ts'

// Whether intervals cover what they should, verdicts err no more often than they may, and the search for the capacity
// finds it, over simulated runs whose truth is known.

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '400' },
    searches: { type: 'string', default: '200' },
    capacity: { type: 'boolean', default: false },
  },
})
const RUNS = Number(flags.runs)
const SEARCHES = Number(flags.searches)

const SERVERS = 8
const LIMIT = 2.5
const WARM_UP = 300
/** Times the least requests, at which a level is left undecided: what `loadgen/capacity.ts` does. */
const MOST = 16

if (!flags.capacity) coverage()
if (!flags.capacity) falseVerdicts()
if (!flags.capacity) warmUps()
capacities()

/** Latencies as a server with a queue has them: skewed, each like the one before it. */
function latencies(count: number, correlation: number, random: Random): number[] {
  let z = random.normal()
  return Array.from({ length: count }, () => {
    z = correlation * z + Math.sqrt(1 - correlation ** 2) * random.normal()
    return Math.exp(4 + 0.5 * z)
  })
}

function coverage(): void {
  print(`Coverage of 95 % intervals over ${RUNS} runs (93 to 97 wanted), %`, [
    'requests',
    'correlation',
    'mean, batch means',
    'p50, order statistics',
    'p90',
    'p99',
  ])
  const z: Record<string, number> = { '0.5': 0, '0.9': 1.2815515655446004, '0.99': 2.3263478740408408 }
  for (const count of [500, 2000, 10_000]) {
    for (const correlation of [0, 0.5, 0.9]) {
      const covered = { mean: 0, p50: 0, p90: 0, p99: 0 }
      const known = { mean: 0, p50: 0, p90: 0, p99: 0 }
      for (let run = 0; run < RUNS; run += 1) {
        const series = latencies(count, correlation, seeded(run, count, correlation * 100))
        const sorted = Float64Array.from(series).sort()
        const truth = (p: number) => Math.exp(4 + 0.5 * (z[String(p)] ?? NaN))
        if (isTooDependent(series)) continue
        known.mean += 1
        const { low, high } = batchMeans(series) ?? { low: NaN, high: NaN }
        if (within(Math.exp(4 + 0.125), low, high)) covered.mean += 1
        for (const [name, p] of [
          ['p50', 0.5],
          ['p90', 0.9],
          ['p99', 0.99],
        ] as const) {
          const effective = effectiveSize(series, percentileOfSorted(sorted, p) ?? NaN)
          if (!isKnowable(p, independentSize(series))) continue
          const ranks = dependentQuantileRanks(count, effective, p)
          if (ranks === null) continue
          known[name] += 1
          if (within(truth(p), sorted[ranks.low - 1], sorted[ranks.high - 1])) covered[name] += 1
        }
      }
      const share = (part: number, whole: number) => {
        const covering = ((100 * part) / whole).toFixed(1)
        if (whole === RUNS) return covering
        return whole === 0 ? '-' : `${covering} (shown in ${((100 * whole) / RUNS).toFixed(1)} %)`
      }
      row([
        count,
        correlation,
        share(covered.mean, known.mean),
        share(covered.p50, known.p50),
        share(covered.p90, known.p90),
        share(covered.p99, known.p99),
      ])
    }
  }
}

/** Finalists that are the same as the baseline, measured in blocks of runs that differ by chance; the luckiest of them wins. */
function falseVerdicts(): void {
  print('Verdicts between identical configurations, % of 4,000', [
    'finalists',
    'pairs',
    'spread of a run',
    'better',
    'worse',
    'no difference',
    'not settled',
    'the interval covers it',
  ])
  for (const finalists of [1, 2, 3, 5]) {
    const confidence = finalistConfidence(finalists)
    for (const pairs of [3, 5, 8]) {
      for (const spread of [0.005, 0.02, 0.05]) {
        const counts: Record<string, number> = {}
        let covered = 0
        const random = seeded(finalists, pairs, spread * 1000)
        const runs = () => Array.from({ length: pairs }, () => 100 * Math.exp(spread * random.normal()))
        for (let trial = 0; trial < 4000; trial += 1) {
          const baseline = runs()
          const [winner] = Array.from({ length: finalists }, () =>
            comparePairs(baseline, runs(), true, { confidence }),
          ).toSorted((a, b) => (b?.ratio ?? 0) - (a?.ratio ?? 0))
          const verdict = winner?.verdict ?? 'none'
          counts[verdict] = (counts[verdict] ?? 0) + 1
          if (within(1, winner?.low, winner?.high)) covered += 1
        }
        const share = (count = 0) => (count / 40).toFixed(1)
        row([
          finalists,
          pairs,
          `${spread * 100} %`,
          share(counts.better),
          share(counts.worse),
          share(counts.no_difference),
          share(counts.not_settled),
          share(covered),
        ])
      }
    }
  }
}

function warmUps(): void {
  print('Warm-up of 60 found by MSER-5, over 400 runs', [
    'height of the warm-up',
    'least',
    'median',
    'greatest',
    'none found',
  ])
  for (const height of [1, 2, 4]) {
    const cuts: number[] = []
    for (let run = 0; run < 400; run += 1) {
      const random = seeded(run, height)
      const series = Array.from({ length: 400 }, (_, at) => random.normal() + (at < 60 ? height : 0))
      const cut = warmUpLength(series)
      if (cut !== null) cuts.push(cut)
    }
    cuts.sort((a, b) => a - b)
    row([
      `${height} deviations`,
      cuts[0] ?? '-',
      cuts[Math.floor(cuts.length / 2)] ?? '-',
      cuts.at(-1) ?? '-',
      400 - cuts.length,
    ])
  }
}

/** How long each request to a queue before eight servers takes. */
function* queue(rate: number, random: Random): Generator<number, never> {
  const free = new Float64Array(SERVERS)
  let at = 0
  for (;;) {
    at += random.exponential() / rate
    let first = 0
    for (let server = 1; server < SERVERS; server += 1)
      if ((free[server] ?? 0) < (free[first] ?? 0)) first = server
    const start = Math.max(at, free[first] ?? 0)
    const end = start + 0.5 + 0.5 * random.exponential()
    free[first] = end
    yield end - at
  }
}

function capacities(): void {
  const attainment = 0.9
  const range: LoadRange = { from: 0.25, upTo: 16, precision: 0.05, whole: false, attainment }
  const truth = trueCapacity(attainment)
  const least = 8 * requestsToAccept(0, attainment, 0.95)
  let covered = 0
  let spent = 0
  let levels = 0
  const found: number[] = []
  for (let search = 0; search < SEARCHES; search += 1) {
    const tried: TriedLevel[] = []
    for (let load = nextLoad(range, tried); load !== null; load = nextLoad(range, tried)) {
      const level = new SequentialTest({ attainment, confidence: 0.95, leastRequests: least })
      const requests = queue(load, seeded(search, tried.length, 5))
      for (let warm = 0; warm < WARM_UP; warm += 1) requests.next()
      while (level.verdict === 'open' && level.requests < least * MOST) {
        const latency = requests.next().value
        level.add(latency <= LIMIT, latency)
      }
      spent += level.requests + WARM_UP
      tried.push({ load, verdict: level.verdict, share: 1 - level.misses / level.requests })
    }
    levels += tried.length
    const { capacity, low, high } = capacityOf(range, tried)
    if (within(truth, low ?? 0, high ?? Infinity)) covered += 1
    if (capacity !== null) found.push(capacity)
  }
  found.sort((a, b) => a - b)
  const sweepLevels = Math.ceil(Math.log(range.upTo / range.from) / Math.log(1 + range.precision))
  const sweep = sweepLevels * (requestsFor(attainment, range.precision) + WARM_UP)
  print(`Capacity of a queue before ${SERVERS} servers, ${SEARCHES} searches`, [
    'truth',
    'interval covers it, %',
    'found: 5 % / median / 95 %',
    'levels',
    'requests per search',
    'fixed sweep of that precision',
  ])
  const at = (p: number) => (percentileOfSorted(Float64Array.from(found), p) ?? NaN).toFixed(2)
  row([
    truth.toFixed(2),
    ((100 * covered) / SEARCHES).toFixed(1),
    `${at(0.05)} / ${at(0.5)} / ${at(0.95)}`,
    (levels / SEARCHES).toFixed(1),
    Math.round(spent / SEARCHES),
    `${sweep} (${sweepLevels} levels)`,
  ])
}

/** Requests at each level of a sweep that tell neighbouring levels' shares apart: 95 % intervals of half their difference near the capacity. */
function requestsFor(attainment: number, precision: number): number {
  const truth = trueCapacity(attainment)
  const difference = Math.abs(shareAt(truth) - shareAt(truth * (1 + precision)))
  return Math.ceil((attainment * (1 - attainment)) / (difference / 2 / 1.96) ** 2)
}

function shareAt(rate: number): number {
  const requests = queue(rate, seeded(99))
  let met = 0
  for (let warm = 0; warm < WARM_UP; warm += 1) requests.next()
  for (let request = 0; request < 400_000; request += 1) if (requests.next().value <= LIMIT) met += 1
  return met / 400_000
}

function trueCapacity(attainment: number): number {
  let [low, high] = [0.25, 16]
  while (high / low > 1.002) {
    const middle = Math.sqrt(low * high)
    if (shareAt(middle) >= attainment) low = middle
    else high = middle
  }
  return Math.sqrt(low * high)
}

function within(value: number, low: number | undefined, high: number | undefined): boolean {
  return value >= (low ?? NaN) && value <= (high ?? NaN)
}

function print(title: string, head: string[]): void {
  process.stdout.write(`\n${title}\n\n| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}\n`)
}

function row(cells: (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
