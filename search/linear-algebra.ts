/** A lower triangular factor of n rows, stored by rows of n. */
export type Factor = Float64Array

/**
 * Cholesky factor L of a symmetric positive definite matrix (rows of n; only the lower triangle is read), L Lᵀ = A.
 * Null when the matrix is not positive definite.
 */
export function cholesky(matrix: Float64Array, n: number): Factor | null {
  const factor = new Float64Array(n * n)
  for (let row = 0; row < n; row++) {
    const rowAt = row * n
    for (let column = 0; column <= row; column++) {
      const columnAt = column * n
      let sum = at(matrix, rowAt + column)
      for (let k = 0; k < column; k++) sum -= at(factor, rowAt + k) * at(factor, columnAt + k)
      if (row !== column) factor[rowAt + column] = sum / at(factor, columnAt + column)
      else if (sum > 0) factor[rowAt + row] = Math.sqrt(sum)
      else return null
    }
  }
  return factor
}

/** Solves L x = b in place, for the first n rows of the factor. */
export function solveLower(factor: Factor, n: number, b: Float64Array): void {
  for (let row = 0; row < n; row++) {
    const rowAt = row * n
    let sum = at(b, row)
    for (let k = 0; k < row; k++) sum -= at(factor, rowAt + k) * at(b, k)
    b[row] = sum / at(factor, rowAt + row)
  }
}

/** Solves Lᵀ x = b in place. */
export function solveUpper(factor: Factor, n: number, b: Float64Array): void {
  for (let row = n - 1; row >= 0; row--) {
    const value = at(b, row) / at(factor, row * n + row)
    b[row] = value
    for (let k = 0; k < row; k++) b[k] = at(b, k) - at(factor, row * n + k) * value
  }
}

/** Inverse of the matrix whose Cholesky factor is given; full symmetric, rows of n. */
export function inverseOf(factor: Factor, n: number): Float64Array {
  // Row r of `rows` is column r of the inverse of L: so all loops run along rows.
  const rows = new Float64Array(n * n)
  for (let column = 0; column < n; column++) {
    const columnAt = column * n
    rows[columnAt + column] = 1 / at(factor, columnAt + column)
    for (let row = column + 1; row < n; row++) {
      const rowAt = row * n
      let sum = 0
      for (let k = column; k < row; k++) sum -= at(factor, rowAt + k) * at(rows, columnAt + k)
      rows[columnAt + row] = sum / at(factor, rowAt + row)
    }
  }
  const inverse = new Float64Array(n * n)
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0
      for (let k = a; k < n; k++) sum += at(rows, a * n + k) * at(rows, b * n + k)
      inverse[a * n + b] = sum
      inverse[b * n + a] = sum
    }
  }
  return inverse
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0
}
