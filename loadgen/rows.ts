const FIRST_CAPACITY = 1024
/** More rows than these are thinned out evenly. */
export const MAX_ROWS = 65_536

/** Rows as they pass between threads. */
export interface PackedRows {
  values: Float64Array
  stride: number
}

/**
 * Numbers in rows of a fixed width, in bounded memory: of more than can be kept each second one is dropped, then each
 * second one of those, so that the rows kept stay spread evenly over all.
 */
export class Rows {
  readonly width: number
  #values: Float64Array
  #rows = 0
  #seen = 0
  #stride = 1

  constructor(width: number) {
    this.width = width
    this.#values = new Float64Array(FIRST_CAPACITY * width)
  }

  get count(): number {
    return this.#rows
  }

  /** One row is kept of so many. */
  get stride(): number {
    return this.#stride
  }

  push(...row: number[]): void {
    this.#seen += 1
    if ((this.#seen - 1) % this.#stride === 0) this.#keep(row)
  }

  /** Returns the rows kept, in ascending order of their first number. */
  ordered(): number[][] {
    const rows = Array.from({ length: this.#rows }, (_, row) => Array.from(this.#row(row)))
    return rows.sort(([a = 0], [b = 0]) => a - b)
  }

  pack(): PackedRows {
    return { values: this.#values.slice(0, this.#rows * this.width), stride: this.#stride }
  }

  /** Takes the rows of another thread in, as thinly as the thinner of both. */
  merge({ values, stride }: PackedRows): void {
    while (this.#stride < stride) this.#thin()
    for (let row = 0; row * this.width < values.length; row += 1) {
      if ((row * stride) % this.#stride !== 0) continue
      this.#keep(values.subarray(row * this.width, (row + 1) * this.width))
    }
  }

  #row(row: number): Float64Array {
    return this.#values.subarray(row * this.width, (row + 1) * this.width)
  }

  #keep(row: ArrayLike<number>): void {
    if (this.#rows === MAX_ROWS) this.#thin()
    if ((this.#rows + 1) * this.width > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values.set(row, this.#rows * this.width)
    this.#rows += 1
  }

  #thin(): void {
    const kept = Math.ceil(this.#rows / 2)
    for (let row = 1; row < kept; row += 1) this.#values.set(this.#row(2 * row), row * this.width)
    this.#rows = kept
    this.#stride *= 2
  }
}
