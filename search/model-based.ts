import { configurationKey } from '../domain/space.ts'
import { ruleChecker } from '../domain/space.ts'
import type { Configuration } from '../domain/parameter.ts'
import { withoutInactive } from '../domain/condition.ts'
import { Candidates } from './candidates.ts'
import { completed, dimensionsOf, encode, type Dimension, type Point } from './encoding.ts'
import { logExpectedImprovement, normalQuantile } from './normal.ts'
import type { SearchProblem, Suggestion, Trial, ReasonKind } from './problem.ts'
import { valueAt } from '../domain/parameter.ts'
import { seededRandom } from './random.ts'
import { buildSurrogate, type Belief, type Surrogate } from './surrogate.ts'
import { T } from './tunables.ts'

export interface Scored { configuration: Configuration; key: string; point: Point; belief: Belief; score: number }

export function modelBased(problem: SearchProblem, history: Trial[], count: number, seed: number): Suggestion[] {
  const dimensions = dimensionsOf(problem.space, problem.defaults)
  const done = history.filter(({ outcome }) => outcome.status !== 'pending')
  const pending = history.filter(({ outcome }) => outcome.status === 'pending').map(({ configuration }) => configuration)
  const surrogateWith = buildSurrogate(problem, dimensions, done)
  const suggestions: Suggestion[] = []
  const broken = ruleChecker(problem.rules, problem.fixed)
  for (let turn = 0; turn < count; turn++) {
    const number = done.length + pending.length
    const random = seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
    const candidates = new Candidates(problem, dimensions, random)
    const suggestion = next(problem, dimensions, done, pending, candidates, surrogateWith, broken)
    if (suggestion === null) break
    suggestions.push(suggestion)
    pending.push(suggestion.configuration)
  }
  return suggestions
}

function next(
  problem: SearchProblem,
  dimensions: Dimension[],
  done: Trial[],
  pending: Configuration[],
  candidates: Candidates,
  surrogateWith: (pending: Point[]) => Surrogate | null,
  broken: (configuration: Configuration) => string | null,
): Suggestion | null {
  const seen = new Set([...done.map(({ configuration }) => configuration), ...pending].map(configurationKey))
  const allowed = (configuration: Configuration) => broken(configuration) === null
  if (done.length + pending.length === 0) {
    const start = completed(problem.space, dimensions, problem.fixed, problem.defaults, ({ parameter }) => valueAt(parameter, 0.5))
    if (allowed(start)) return { configuration: start, kind: 'start', reason: 'the defaults', prediction: null }
  }
  const surrogate = surrogateWith(pending.map((configuration) => encode(dimensions, configuration)))
  if (surrogate === null) {
    const base = done.length > 0 ? done : pending.map((configuration) => ({ configuration }))
    for (let attempt = 0; attempt < 5000; attempt++) {
      const from = attempt % 3 === 0 || base.length === 0 ? candidates.anywhere() : candidates.changed(base[0]?.configuration ?? {}, 1 + (attempt % 4))
      if (!seen.has(configurationKey(from)) && allowed(from))
        return { configuration: from, kind: 'explore', reason: 'nothing has run yet', prediction: null }
    }
    return null
  }
  const known = rank(problem, dimensions, done, surrogate)
  const best = known[0]
  const evaluate = acquisition(problem, surrogate, known)

  // replicate
  const uses = new Map<string, number>()
  for (const { configuration, outcome } of done) if (outcome.status === 'measured') { const k = configurationKey(configuration); uses.set(k, (uses.get(k) ?? 0) + 1) }
  for (const c of pending) uses.set(configurationKey(c), 9)
  const n = done.length + pending.length
  if (problem.objectives.length === 1 && n >= (T.replicateFrom ?? 0) && n % (T.replicateEvery ?? 8) === 0) {
    const contender = known.slice(0, 3).find(({ key }) => (uses.get(key) ?? 0) < 3)
    if (contender !== undefined) return { configuration: contender.configuration, kind: 'replicate', reason: 'again', prediction: null }
  }

  const pool = new Map<string, Scored>()
  const add = (configuration: Configuration): Scored | null => {
    const key = configurationKey(configuration)
    const had = pool.get(key)
    if (had !== undefined) return had
    if (seen.has(key) || !allowed(configuration)) return null
    const point = encode(dimensions, configuration)
    const belief = surrogate.belief(point)
    const scored = { configuration, key, point, belief, score: evaluate(belief) }
    pool.set(key, scored)
    return scored
  }
  const bases = known.slice(0, 5).map(({ configuration }) => configuration)
  if (bases.length === 0) bases.push(done[0]?.configuration ?? {})
  for (let i = 0; i < (T.random ?? 60); i++) add(candidates.anywhere())
  for (let i = 0; i < 200; i++) {
    const base = bases[Math.floor(candidates.random() ** 2 * bases.length)] ?? {}
    add(candidates.changed(base, 1 + Math.floor(candidates.random() * (T.wide ?? 3))))
  }
  for (let i = 0; i < 40 && bases.length > 1; i++) {
    const a = bases[Math.floor(candidates.random() * bases.length)] ?? {}
    const b = bases[Math.floor(candidates.random() * bases.length)] ?? {}
    add(candidates.mixed(a, b))
  }
  if (best !== undefined) for (const neighbour of candidates.neighbours(best.configuration)) add(neighbour)
  const climbers = [...pool.values()].toSorted((a, b) => b.score - a.score).slice(0, 4)
  for (const start of climbers) {
    let current = start
    for (let round = 0; round < 3; round++) {
      let better = current
      for (const neighbour of candidates.neighbours(current.configuration)) {
        const scored = add(neighbour)
        if (scored !== null && scored.score > better.score) better = scored
      }
      if (better === current) break
      current = better
    }
  }
  let top: Scored | null = null
  for (const scored of pool.values()) if (top === null || scored.score > top.score) top = scored
  if (top === null) return null
  const kind: ReasonKind = best === undefined || best.belief.logFeasible < Math.log(0.5) ? 'feasibility' : 'exploit'
  return { configuration: top.configuration, kind, reason: kind, prediction: null }
}

/** Measured configurations, the one to recommend first. */
export function rank(problem: SearchProblem, dimensions: Dimension[], done: Trial[], surrogate: Surrogate): Scored[] {
  const unique = new Map<string, Scored>()
  for (const { configuration, outcome } of done) {
    if (outcome.status !== 'measured') continue
    const key = configurationKey(configuration)
    if (unique.has(key)) continue
    const point = encode(dimensions, configuration)
    const belief = surrogate.belief(point)
    const value = belief.objectives[0]?.mean ?? 0
    unique.set(key, { configuration, key, point, belief, score: value + (T.rankFeas ?? 1) * belief.logFeasible })
  }
  return [...unique.values()].toSorted((a, b) => b.score - a.score)
}

const SAMPLES = 32
const NORMALS = Array.from({ length: SAMPLES }, (_, i) => [normalQuantile((i + 0.5) / SAMPLES), normalQuantile((((i * 0.618033988749895) % 1) + 0.5 / SAMPLES) % 1 || 0.5)] as const)

function acquisition(problem: SearchProblem, surrogate: Surrogate, known: Scored[]): (belief: Belief) => number {
  const feasible = known.filter(({ belief }) => belief.logFeasible > Math.log(0.5))
  if (problem.objectives.length === 1) {
    if (feasible.length === 0) {
      return ({ logFeasible, logRuns, objectives }) => logFeasible + logRuns + 0.01 * (objectives[0]?.mean ?? 0)
    }
    const best = Math.max(...feasible.map(({ belief }) => belief.objectives[0]?.mean ?? -Infinity))
    return ({ objectives, logFeasible, logRuns }) => {
      const { mean = 0, variance = 0 } = objectives[0] ?? {}
      return logExpectedImprovement(mean, Math.sqrt(variance), best + (T.xi ?? 0)) + (T.feasWeight ?? 1) * logFeasible + (T.failWeight ?? 1) * logRuns
    }
  }
  if (feasible.length === 0) return ({ logFeasible, logRuns }) => logFeasible + logRuns
  const units = (mean: readonly number[]) => mean.map((value, i) => (problem.objectives[i]?.direction === 'maximize' ? 1 : -1) * surrogate.toUnit(i, value))
  const points = feasible.map(({ belief }) => units(belief.objectives.map(({ mean }) => mean)))
  const front = nonDominated(points)
  const low = [0, 1].map((i) => Math.min(...front.map((p) => p[i] ?? 0)))
  const high = [0, 1].map((i) => Math.max(...front.map((p) => p[i] ?? 0)))
  const worst = [0, 1].map((i) => Math.min(...points.map((p) => p[i] ?? 0)))
  const reference = [0, 1].map((i) => {
    const range = Math.max((high[i] ?? 0) - (low[i] ?? 0), 0.1 * Math.abs(high[i] ?? 1))
    return Math.min((low[i] ?? 0) - (T.refMargin ?? 0.1) * range, T.refWorst ? worst[i] ?? 0 : Infinity)
  })
  const span = [0, 1].map((i) => (high[i] ?? 0) - (reference[i] ?? 0) || 1)
  const norm = front.map((p) => p.map((v, i) => (v - (reference[i] ?? 0)) / (span[i] ?? 1)) as [number, number]).toSorted((a, b) => b[0] - a[0])
  return ({ objectives, logFeasible, logRuns }) => {
    let sum = 0
    for (const normals of NORMALS) {
      const p = units(objectives.map(({ mean, variance }, i) => mean + Math.sqrt(variance) * (normals[i] ?? 0))).map((v, i) => (v - (reference[i] ?? 0)) / (span[i] ?? 1))
      sum += gain(norm, p[0] ?? 0, p[1] ?? 0)
    }
    return Math.log(sum / SAMPLES + 1e-12) + (T.feasWeight ?? 1) * logFeasible + (T.failWeight ?? 1) * logRuns
  }
}

function nonDominated(points: number[][]): number[][] {
  return points.filter((p) => !points.some((q) => q !== p && (q[0] ?? 0) >= (p[0] ?? 0) && (q[1] ?? 0) >= (p[1] ?? 0) && ((q[0] ?? 0) > (p[0] ?? 0) || (q[1] ?? 0) > (p[1] ?? 0))))
}

/** Area that a point adds to a front (descending in x, reference at 0, 0). */
function gain(front: (readonly [number, number])[], x: number, y: number): number {
  if (x <= 0 || y <= 0) return 0
  let area = 0
  // Sweep from the right: to the left of each front point the staircase is at the highest y so far.
  let right = x
  let height = 0
  for (const [fx, fy] of front) {
    if (fx < right) {
      if (y > height) area += (right - fx) * (y - height)
      right = fx
    }
    height = Math.max(height, fy)
    if (height >= y) return area
  }
  if (y > height) area += right * (y - height)
  return area
}

let memo: { key: string; value: Configuration | null } | null = null
export function recommendTrial(problem: SearchProblem, history: Trial[]): Configuration | null {
  const dimensions = dimensionsOf(problem.space, problem.defaults)
  const done = history.filter(({ outcome }) => outcome.status !== 'pending')
  const surrogate = buildSurrogate(problem, dimensions, done)([])
  if (surrogate === null) return null
  const best = rank(problem, dimensions, done, surrogate)[0]
  void withoutInactive; void memo
  return best === undefined || best.belief.logFeasible < Math.log(T.recommendMin ?? 0.3) ? null : best.configuration
}
