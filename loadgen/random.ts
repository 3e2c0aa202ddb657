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
