import { SOBOL_DIRECTIONS } from './sobol-directions.ts'

const BITS = 32

/** The most dimensions that a sequence can have. */
export const SOBOL_MAX_DIMENSIONS = SOBOL_DIRECTIONS.length + 1

/**
 * Returns a function from an index to that point of the Sobol sequence in [0, 1)^dimensions, each coordinate shifted
 * by XOR with `shift` (32 bits each), which keeps the sequence's evenness and makes it a different one per seed.
 * Points follow the Gray code order of Antonov and Saleev (1979), as in SciPy.
 */
export function sobolSequence(
  dimensions: number,
  shift: (dimension: number) => number = () => 0,
): (index: number) => number[] {
  if (dimensions > SOBOL_MAX_DIMENSIONS)
    throw new RangeError(`at most ${SOBOL_MAX_DIMENSIONS} dimensions, got ${dimensions}`)
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionNumbers(dimension))
  const shifts = Array.from({ length: dimensions }, (_, dimension) => shift(dimension) >>> 0)
  return (index) => {
    const gray = index ^ (index >>> 1)
    return directions.map((numbers, dimension) => {
      let bits = shifts[dimension] ?? 0
      for (let bit = 0; gray >>> bit > 0; bit++) if ((gray >>> bit) & 1) bits ^= numbers[bit] ?? 0
      return (bits >>> 0) / 2 ** BITS
    })
  }
}

/** The direction numbers of a dimension, as 32-bit fractions: Bratley and Fox, ACM TOMS 659 (1988). */
function directionNumbers(dimension: number): number[] {
  const row = SOBOL_DIRECTIONS[dimension - 1]
  if (row === undefined) return Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit))
  const [polynomial = 1, ...initial] = row
  const degree = initial.length
  const numbers = initial.map((m, bit) => m * 2 ** (BITS - 1 - bit))
  for (let bit = degree; bit < BITS; bit++) {
    const earlier = numbers[bit - degree] ?? 0
    let next = earlier ^ (earlier >>> degree)
    for (let term = 1; term < degree; term++) {
      if ((polynomial >>> (degree - term)) & 1) next ^= numbers[bit - term] ?? 0
    }
    numbers.push(next >>> 0)
  }
  return numbers
}
