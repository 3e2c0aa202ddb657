import { LIKELY_FEASIBLE } from './acquisition.ts'
import { paretoFront, type Pair } from './pareto.ts'
import type { Scored } from './pool.ts'
import type { SearchProblem } from './problem.ts'

/** The best so many configurations are changed to find better ones. */
const BASES = 5
/** With two objectives, so many of the front. */
const FRONT_BASES = 8

/**
 * Known configurations whose changes may be better, the one to look around most first: the best, or with two objectives
 * ones all along the front, beginning elsewhere on it each time.
 */
export function basesOf({ objectives }: SearchProblem, known: readonly Scored[], number: number): Scored[] {
  if (objectives.length === 1) return known.slice(0, BASES)
  const likely = known.filter(({ belief }) => belief.logFeasible > Math.log(LIKELY_FEASIBLE))
  const pairOf = ({
    belief: {
      objectives: [a, b],
    },
  }: Scored): Pair => [a?.mean ?? 0, b?.mean ?? 0]
  const places = new Map(likely.map((scored) => [pairOf(scored).join(), scored]))
  const front = paretoFront(likely.map(pairOf)).flatMap((pair) => places.get(pair.join()) ?? [])
  if (front.length === 0) return known.slice(0, BASES)
  const count = Math.min(front.length, FRONT_BASES)
  return Array.from({ length: count }, (_, index) => {
    const place = Math.floor((index * front.length) / count) + number
    return front.slice(place % front.length, (place % front.length) + 1)
  }).flat()
}
