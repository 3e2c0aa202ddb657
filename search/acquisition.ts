import { logExpectedImprovement, normalQuantile } from './normal.ts'
import { hypervolume, hypervolumeGain, paretoFront, type Pair } from './pareto.ts'
import type { SearchProblem } from './problem.ts'
import type { Risk } from './risk.ts'
import { inUnit, type Belief, type Surrogate } from './surrogate.ts'

/** Says how much a measurement at a point of this belief is worth; only differences count. */
export type Acquisition = (belief: Belief) => number

/** A configuration counts as meeting the constraints when that is at least this likely. */
export const LIKELY_FEASIBLE = 0.5

/** Between configurations as likely to be feasible, the one with the better objective. */
const TIE_BREAK = 0.01

/**
 * Returns what the next measurement is chosen by: the log of the expected improvement of the objective, or of the
 * hypervolume of two, beyond a margin, times the probability that the configuration meets the constraints and the power
 * `caution` of the one that it runs.
 * While nothing is likely to meet the constraints: the probability that it does.
 */
export function acquisition(
  problem: SearchProblem,
  surrogate: Surrogate,
  known: readonly Belief[],
  { caution, margin }: Pick<Risk, 'caution' | 'margin'>,
): Acquisition {
  const feasible = known.filter(({ logFeasible }) => logFeasible > Math.log(LIKELY_FEASIBLE))
  if (feasible.length === 0) {
    return ({ logFeasible, logRuns, objectives }) =>
      logFeasible + logRuns + TIE_BREAK * objectives.reduce((sum, { mean }) => sum + mean, 0)
  }
  const margins = surrogate.processes.map((process) => margin * (process?.noise ?? 0))
  const chances = ({ logFeasible, logRuns }: Belief) => logFeasible + caution * logRuns
  if (problem.objectives.length === 1) {
    const best = Math.max(...feasible.map(({ objectives }) => objectives[0]?.mean ?? -Infinity))
    return (belief) => {
      const { mean = 0, variance = 0 } = belief.objectives[0] ?? {}
      return logExpectedImprovement(mean, Math.sqrt(variance), best + (margins[0] ?? 0)) + chances(belief)
    }
  }
  const gain = expectedHypervolumeGain(surrogate, feasible, margins)
  return (belief) => Math.log(gain(belief) + 1e-12) + chances(belief)
}

/**
 * Returns the gain over the best of `known` that a measurement is expected to bring, as a share of that best, or of the
 * hypervolume of the front of two objectives: expected improvement times the chances to run and to meet the constraints.
 * Null when nothing known is likely to meet the constraints.
 */
export function relativeGain(
  { objectives }: SearchProblem,
  surrogate: Surrogate,
  known: readonly Belief[],
): Acquisition | null {
  const feasible = known.filter(({ logFeasible }) => logFeasible > Math.log(LIKELY_FEASIBLE))
  const [scale] = surrogate.scales
  if (scale === undefined || feasible.length === 0) return null
  if (objectives.length > 1) {
    const gain = expectedHypervolumeGain(surrogate, feasible, [])
    return (belief) => gain(belief) * Math.exp(belief.logFeasible + belief.logRuns)
  }
  const best = Math.max(...feasible.map(({ objectives: [first] }) => first?.mean ?? -Infinity))
  return ({ objectives: [first], logFeasible, logRuns }) => {
    const { mean = 0, variance = 0 } = first ?? {}
    const gain = Math.exp(logExpectedImprovement(mean, Math.sqrt(variance), best) + logFeasible + logRuns)
    return scale.logarithmic ? Math.expm1(gain) : gain / (Math.abs(best) || 1)
  }
}

const SAMPLES = 32

/** Standard normal pairs that cover the plane evenly: a rank-1 lattice by the golden ratio. */
const NORMAL_PAIRS = Array.from({ length: SAMPLES }, (_, index): Pair => {
  const second = (0.5 + index * 0.6180339887498949) % 1
  return [normalQuantile((index + 0.5) / SAMPLES), normalQuantile(Math.max(second, 1e-3))]
})

/** How far beyond the worst ends of the front the reference point lies, so that its ends can grow. */
const MARGIN_OF_EXTENT = 0.1
const MARGIN_OF_WORST = 0.33

/** Expected gain of hypervolume, as a share of that of the front, on the objectives' own scale. */
function expectedHypervolumeGain(
  surrogate: Surrogate,
  feasible: readonly Belief[],
  [marginFirst = 0, marginSecond = 0]: readonly number[],
): Acquisition {
  const signed = (index: number, modelled: number) => {
    const scale = surrogate.scales[index]
    return scale === undefined ? 0 : scale.sign * inUnit(modelled, scale)
  }
  const points = feasible.map(({ objectives }): Pair => [
    signed(0, objectives[0]?.mean ?? 0),
    signed(1, objectives[1]?.mean ?? 0),
  ])
  const front = paretoFront(points)
  const extent = (index: 0 | 1) => {
    const values = front.map((point) => point[index])
    const high = Math.max(...values)
    const low = Math.min(...values)
    const margin = Math.max(MARGIN_OF_EXTENT * (high - low), MARGIN_OF_WORST * Math.abs(low))
    return { reference: low - margin, span: high - low + margin }
  }
  const [x, y] = [extent(0), extent(1)]
  const normalised = ([a, b]: Pair): Pair => [(a - x.reference) / x.span, (b - y.reference) / y.span]
  const scaled = front.map(normalised)
  const present = hypervolume(scaled, [0, 0])
  return ({ objectives }) => {
    const [first, second] = objectives
    if (first === undefined || second === undefined) return 0
    const [sdFirst, sdSecond] = [Math.sqrt(first.variance), Math.sqrt(second.variance)]
    const [meanFirst, meanSecond] = [first.mean - marginFirst, second.mean - marginSecond]
    let sum = 0
    for (const [a, b] of NORMAL_PAIRS) {
      const sample: Pair = [signed(0, meanFirst + sdFirst * a), signed(1, meanSecond + sdSecond * b)]
      sum += hypervolumeGain(scaled, [0, 0], normalised(sample))
    }
    return sum / SAMPLES / present
  }
}
