import type { ClockedLoad } from '../../domain/arrivals.ts'
import { durationMs } from '../../domain/duration.ts'
import { WORKLOAD_DEFAULTS, type Prompts, type TokenLength } from '../../domain/workload.ts'
import { isObject, type Json } from './request-draft.ts'

/** A load as far as it can be drawn. */
export type ReadLoad =
  | { kind: 'streams'; streams: number }
  | { kind: 'clocked'; load: ClockedLoad }
  | { kind: 'trace' }
  | { kind: 'capacity'; upTo: number; of: 'streams' | 'requests a second' }

/** Prompts whose lengths are known without a file. */
export type ReadPrompts = Exclude<Prompts, { dataset: unknown }>

type Fields = Record<string, Json | undefined>

const isPositive = (value: Json | undefined): value is number => Number.isFinite(value) && Number(value) > 0
/** The spread of a distribution: none makes every length the same. */
const isSpread = (value: Json | undefined): value is number => Number.isFinite(value) && Number(value) >= 0
const isCount = (value: Json | undefined): value is number =>
  isPositive(value) && Number.isInteger(value) && value <= 1_000_000
const isLong = (value: Json | undefined): value is string =>
  typeof value === 'string' && durationMs(value) > 0
const fieldsOf = (value: Json | undefined): Fields => (isObject(value) ? value : {})

/** Reads a load that may be half written; null while it cannot be drawn. */
export function readLoad(value: Json | undefined): ReadLoad | null {
  const { concurrency, rate, ramp, bursts, trace, capacity, ...rest } = fieldsOf(value)
  const arrivals = rest.arrivals === 'constant' ? 'constant' : 'poisson'
  if (isCount(concurrency)) return { kind: 'streams', streams: concurrency }
  if (isPositive(rate)) {
    const drawn = rest.arrivals === 'gamma' ? 'gamma' : arrivals
    const burstiness = isPositive(rest.burstiness) ? rest.burstiness : 1
    return { kind: 'clocked', load: { rate, arrivals: drawn, burstiness } }
  }
  if (isObject(ramp)) {
    const { from, to } = ramp
    const shape = ramp.shape === 'exponential' ? 'exponential' : 'linear'
    if (!isPositive(from) || !isPositive(to)) return null
    return { kind: 'clocked', load: { ramp: { from, to, shape }, arrivals } }
  }
  if (isObject(bursts)) {
    const { on, off } = bursts
    const rateBetween = isPositive(bursts.rateBetween) ? bursts.rateBetween : 0
    if (!isPositive(bursts.rate) || !isLong(on) || !isLong(off)) return null
    return { kind: 'clocked', load: { bursts: { rate: bursts.rate, on, off, rateBetween }, arrivals } }
  }
  if (isObject(trace)) return { kind: 'trace' }
  if (isObject(capacity) && isPositive(capacity.upTo))
    return {
      kind: 'capacity',
      upTo: capacity.upTo,
      of: capacity.of === 'rate' ? 'requests a second' : 'streams',
    }
  return null
}

/** Reads prompts that may be half written; null while their lengths are not known, or only a file knows them. */
export function readPrompts(value: Json | undefined): ReadPrompts | null {
  const { synthetic, prefixGroups, multiTurn } = fieldsOf(value)
  const { inputTokens, outputTokens, ...rest } = fieldsOf(synthetic ?? prefixGroups ?? multiTurn)
  const [input, output] = [readLength(inputTokens), readLength(outputTokens)]
  if (output === null) return null
  if (isObject(prefixGroups)) {
    const { groups, prefixTokens, suffixTokens } = rest
    if (!isCount(groups) || !isCount(prefixTokens) || !isCount(suffixTokens)) return null
    return { prefixGroups: { groups, prefixTokens, suffixTokens, outputTokens: output } }
  }
  if (input === null) return null
  if (isObject(synthetic)) return { synthetic: { inputTokens: input, outputTokens: output } }
  const { turns } = rest
  const { min, max } = fieldsOf(turns)
  const read = isCount(turns) ? turns : isCount(min) && isCount(max) && min <= max ? { min, max } : null
  return read === null ? null : { multiTurn: { turns: read, inputTokens: input, outputTokens: output } }
}

function readLength(value: Json | undefined): TokenLength | null {
  if (isCount(value)) return value
  const { min, max, normal, lognormal, histogram } = fieldsOf(value)
  if (isCount(min) && isCount(max)) return min <= max ? { min, max } : null
  if (isObject(normal)) {
    const { mean, deviation } = normal
    return isPositive(mean) && isSpread(deviation) ? { normal: { mean, deviation } } : null
  }
  if (isObject(lognormal)) {
    const { median, sigma, max: most } = lognormal
    if (!isPositive(median) || !isSpread(sigma)) return null
    return { lognormal: { median, sigma, ...(isCount(most) ? { max: most } : {}) } }
  }
  if (!Array.isArray(histogram)) return null
  const weights = histogram
    .map(fieldsOf)
    .flatMap(({ tokens, weight }) => (isCount(tokens) && isPositive(weight) ? [{ tokens, weight }] : []))
  return weights.length === 0 ? null : { histogram: weights }
}

/** Reads the times and the seed of a workload; where they are left out or half written, what the API takes in their place. */
export function readTimes(workload: Json | undefined): {
  warmupMs: number
  durationMs: number
  seed: number
} {
  const { warmup, duration, seed } = fieldsOf(workload)
  return {
    warmupMs: durationMs(isLong(warmup) ? warmup : WORKLOAD_DEFAULTS.warmup),
    durationMs: durationMs(isLong(duration) ? duration : WORKLOAD_DEFAULTS.duration),
    seed: typeof seed === 'number' ? seed : WORKLOAD_DEFAULTS.seed,
  }
}
