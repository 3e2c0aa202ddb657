import { expect, test } from 'vitest'
import { cholesky, inverseOf, solveLower, solveUpper } from './linear-algebra.ts'

const matrix = Float64Array.from([4, 2, 0.6, 2, 5, 1.5, 0.6, 1.5, 3])

const close = (values: Float64Array | null, expected: number[]) =>
  expected.forEach((value, index) => expect(values?.[index]).toBeCloseTo(value, 13))

test('factor and inverse are those of NumPy (numpy.linalg.cholesky and inv)', () => {
  const factor = cholesky(matrix, 3)
  close(factor, [2, 0, 0, 1, 2, 0, 0.3, 0.6, 1.5968719422671311])
  close(
    inverseOf(factor ?? matrix, 3),
    [
      0.3125, -0.125, 0, -0.125, 0.2852941176470588, -0.11764705882352942, 0, -0.11764705882352942,
      0.3921568627450981,
    ],
  )
})

test('solving by the factor gives back what was multiplied', () => {
  const factor = cholesky(matrix, 3) ?? matrix
  const b = Float64Array.from([4 - 4 + 1.8, 2 - 10 + 4.5, 0.6 - 3 + 9])
  solveLower(factor, 3, b)
  solveUpper(factor, 3, b)
  close(b, [1, -2, 3])
})

test('a matrix that is not positive definite has no factor', () => {
  expect(cholesky(Float64Array.from([1, 2, 2, 1]), 2)).toBeNull()
})
