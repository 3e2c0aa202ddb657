import type { Configuration } from '../domain/parameter.ts'
import { configurationKey } from '../domain/space.ts'
import type { Acquisition } from './acquisition.ts'
import type { Candidates } from './candidates.ts'
import { encode, type Dimension, type Point } from './encoding.ts'
import type { Belief, Surrogate } from './surrogate.ts'

/** A configuration with what is expected of it and how much it is worth. */
export interface Scored {
  configuration: Configuration
  key: string
  belief: Belief
  score: number
}

/** Configurations that may be measured next, each looked at once. */
export class Pool {
  readonly #dimensions: Dimension[]
  readonly #surrogate: Surrogate
  readonly #worth: Acquisition
  readonly #allowed: (configuration: Configuration, key: string, point: Point) => boolean
  readonly #scored = new Map<string, Scored | null>()

  constructor(
    dimensions: Dimension[],
    surrogate: Surrogate,
    worth: Acquisition,
    allowed: (configuration: Configuration, key: string, point: Point) => boolean,
  ) {
    this.#dimensions = dimensions
    this.#surrogate = surrogate
    this.#worth = worth
    this.#allowed = allowed
  }

  /** Returns the score of a configuration; null when it may not be measured. */
  add(configuration: Configuration): Scored | null {
    const key = configurationKey(configuration)
    const known = this.#scored.get(key)
    if (known !== undefined) return known
    const point = encode(this.#dimensions, configuration)
    if (!this.#allowed(configuration, key, point)) {
      this.#scored.set(key, null)
      return null
    }
    const belief = this.#surrogate.belief(point)
    const scored = { configuration, key, belief, score: this.#worth(belief) }
    this.#scored.set(key, scored)
    return scored
  }

  get size(): number {
    return this.#scored.size
  }

  #all(): Scored[] {
    return [...this.#scored.values()].flatMap((scored) => (scored === null ? [] : [scored]))
  }

  /** Returns the largest value over all configurations; -Infinity without any. */
  most(value: (scored: Scored) => number): number {
    return this.#all().reduce((most, scored) => Math.max(most, value(scored)), -Infinity)
  }

  best(count: number): Scored[] {
    return this.#all()
      .toSorted((a, b) => b.score - a.score)
      .slice(0, count)
  }
}

/** Random configurations, changes of the best known ones, and mixtures of them. */
export function fill(pool: Pool, candidates: Candidates, bases: Configuration[]): void {
  const pick = (bias: number) => bases[Math.floor(candidates.random.unit() ** bias * bases.length)] ?? {}
  for (let i = 0; i < 60; i++) pool.add(candidates.anywhere())
  for (let i = 0; i < 200; i++)
    pool.add(candidates.changed(pick(2), 1 + Math.floor(candidates.random.unit() * 3)))
  if (bases.length > 1) for (let i = 0; i < 40; i++) pool.add(candidates.mixed(pick(1), pick(1)))
  for (const neighbour of candidates.neighbours(bases[0] ?? {})) pool.add(neighbour)
}

/** Candidates after which no more are looked at: what bounds the time of a suggestion. */
const POOL_SIZE = 2500

/** Follows the best neighbour while that is better. */
export function climb(pool: Pool, candidates: Candidates, start: Scored): void {
  let current = start
  for (let round = 0; round < 3; round++) {
    let better = current
    for (const neighbour of candidates.neighbours(current.configuration)) {
      if (pool.size >= POOL_SIZE) break
      const scored = pool.add(neighbour)
      if (scored !== null && scored.score > better.score) better = scored
    }
    if (better === current) return
    current = better
  }
}

/** Takes back changes against the best known configuration that the model would rather not make. */
export function simplified(pool: Pool, candidates: Candidates, top: Scored, best: Scored): Scored {
  let current = top
  for (const name of Object.keys(top.configuration)) {
    const value = best.configuration[name]
    if (value === undefined || value === current.configuration[name]) continue
    const simpler = pool.add(candidates.complete({ ...current.configuration, [name]: value }))
    if (simpler !== null && simpler.score > current.score) current = simpler
  }
  return current
}
