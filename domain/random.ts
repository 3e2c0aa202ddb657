/**
 * A seeded source of uniform numbers: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", https://prng.di.unimi.it/xoshiro128starstar.c).
 */
export class Random {
  readonly #state: Uint32Array

  /** Takes the generator's four words of state, not all zero; {@link seeded} derives them from any numbers. */
  constructor(state: readonly [number, number, number, number]) {
    this.#state = Uint32Array.from(state)
  }

  /** Returns a generator that gives from here on what this one will give. */
  copy(): Random {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    return new Random([a, b, c, d])
  }

  /** Returns an integer from 0 to 2^32 - 1. */
  next(): number {
    const s = this.#state
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = s
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0
    const t2 = s2 ^ s0
    const t3 = s3 ^ s1
    s[0] = s0 ^ t3
    s[1] = s1 ^ t2
    s[2] = t2 ^ (s1 << 9)
    s[3] = rotateLeft(t3, 11)
    return result
  }

  /** Returns a number in [0, 1). */
  unit(): number {
    return this.next() / 2 ** 32
  }

  /** Returns an exponentially distributed number of mean 1. */
  exponential(): number {
    return -Math.log(1 - this.unit())
  }

  /** Returns a normally distributed number of mean 0 and deviation 1 (Box and Muller, 1958). */
  normal(): number {
    return Math.sqrt(2 * this.exponential()) * Math.cos(2 * Math.PI * this.unit())
  }

  /**
   * Returns a number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang, "A simple method for
   * generating gamma variables", 2000; shapes below 1 by their boost).
   */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.unit()) ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - this.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** Returns an integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1))
  }
}

/** Returns a generator for a tuple of integers; tuples that differ anywhere give unrelated sequences. */
export function seeded(...seeds: number[]): Random {
  let hash = 0
  for (const seed of seeds) hash = mix32(hash ^ mix32(seed >>> 0)) + 0x9e3779b9
  const word = () => mix32((hash = (hash + 0x9e3779b9) >>> 0))
  return new Random([word(), word(), word(), word() | 1])
}

/**
 * Scrambles 32 bits one to one: distinct numbers stay distinct (the finaliser of MurmurHash3, also the output
 * step of splitmix32).
 */
export function mix32(value: number): number {
  let x = value >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
