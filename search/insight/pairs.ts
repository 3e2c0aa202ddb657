import type { PairInsight } from '../../domain/insight.ts'
import { meanOf } from '../../domain/statistics/moments.ts'
import type { Dimension } from '../encoding.ts'
import { inUnit } from '../surrogate.ts'
import type { Known } from './parameters.ts'
import { shareOf, spread, weightedMean } from './variance.ts'
import { shownValues, type View } from './view.ts'

/** The most values of each parameter at which a pair is looked at. */
const PAIR_VALUES = 5
/** Pairs that are told of. */
const PAIRS = 5

/** Returns the strongest interactions among these parameters: what two do together beyond their main effects. */
export function pairInsights(view: View, dimensions: readonly Dimension[], known: Known): PairInsight[] {
  const { process, total, scale } = known
  const pairs = dimensions.flatMap((first, index) =>
    dimensions.slice(index + 1).flatMap((second) => {
      const [rows, columns] = [shownValues(first, PAIR_VALUES), shownValues(second, PAIR_VALUES)]
      const cells = rows.flatMap(({ value: a }) =>
        columns.map(({ value: b }) => ({
          a,
          b,
          points: view.points({ [first.name]: a, [second.name]: b }),
        })),
      )
      if (cells.some(({ points }) => points.length === 0)) return []
      const weights = { rows: rows.map(({ weight }) => weight), columns: columns.map(({ weight }) => weight) }
      const present = (cells[0]?.points.length ?? 0) / view.bases.length
      const means = cells.map(({ points }) => meanOf(points.map((point) => process.mean(point))))
      return [{ first, second, cells, weights, present, strength: present * interaction(means, weights) }]
    }),
  )
  const strongest = pairs.toSorted((a, b) => b.strength - a.strength).slice(0, PAIRS)
  return strongest.map(({ first, second, cells, weights, present }) => {
    const averages = process.averages(cells.map(({ points }) => points))
    return {
      first: first.name,
      second: second.name,
      interaction: shareOf(averages, total, (values) => present * interaction(values, weights)),
      cells: cells.map(({ a, b }, index) => ({
        first: a,
        second: b,
        mean: inUnit(averages.means[index] ?? 0, scale),
      })),
    }
  })
}

/** Variance of a table, row by row, that its rows and columns alone do not explain. */
function interaction(table: ArrayLike<number>, weights: { rows: number[]; columns: number[] }): number {
  const values = Array.from(table)
  const width = weights.columns.length
  const byRow = weights.rows.map((_, row) =>
    weightedMean(values.slice(row * width, (row + 1) * width), weights.columns),
  )
  const byColumn = weights.columns.map((_, column) =>
    weightedMean(
      values.filter((_, index) => index % width === column),
      weights.rows,
    ),
  )
  const mean = weightedMean(byRow, weights.rows)
  return spread(
    values.map(
      (value, index) =>
        value - (byRow[Math.floor(index / width)] ?? 0) - (byColumn[index % width] ?? 0) + mean,
    ),
    weights.rows.flatMap((row) => weights.columns.map((column) => row * column)),
  )
}
