const FIRST_CAPACITY = 1024
/** Rows beyond these are left out of what needs the requests one by one. */
export const MAX_ROWS = 1_000_000

/** Numbers in rows of a fixed width, in typed memory. */
export class Rows {
  readonly width: number
  #values: Float64Array
  #rows = 0

  constructor(width: number) {
    this.width = width
    this.#values = new Float64Array(FIRST_CAPACITY * width)
  }

  get count(): number {
    return this.#rows
  }

  push(...row: number[]): void {
    if (this.#rows === MAX_ROWS) return
    if ((this.#rows + 1) * this.width > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values.set(row, this.#rows * this.width)
    this.#rows += 1
  }

  /** Returns all rows, in ascending order of their first number. */
  ordered(): number[][] {
    const rows = Array.from({ length: this.#rows }, (_, row) =>
      Array.from(this.#values.subarray(row * this.width, (row + 1) * this.width)),
    )
    return rows.sort(([a = 0], [b = 0]) => a - b)
  }

  pack(): Float64Array {
    return this.#values.slice(0, this.#rows * this.width)
  }

  merge(values: Float64Array): void {
    for (let at = 0; at < values.length; at += this.width) this.push(...values.subarray(at, at + this.width))
  }
}
