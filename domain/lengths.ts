import type { Random } from './random.ts'
import type { TokenLength } from './workload.ts'

const MAX_TOKENS = 1_000_000

/** Draws a number of tokens, at least 1. */
export function drawLength(length: TokenLength, random: Random): number {
  if (typeof length === 'number') return length
  if ('min' in length) return random.between(length.min, length.max)
  if ('normal' in length) {
    const { mean, deviation } = length.normal
    return whole(mean + deviation * random.normal())
  }
  if ('lognormal' in length) {
    const { median, sigma, max = MAX_TOKENS } = length.lognormal
    return Math.min(max, whole(median * Math.exp(sigma * random.normal())))
  }
  const total = length.histogram.reduce((sum, { weight }) => sum + weight, 0)
  let left = random.unit() * total
  for (const { tokens, weight } of length.histogram) {
    left -= weight
    if (left < 0) return tokens
  }
  return length.histogram.at(-1)?.tokens ?? 1
}

/** The least and the greatest number of tokens to prepare for; of an open end what one in a thousand exceeds. */
export function lengthRange(length: TokenLength): { min: number; max: number } {
  if (typeof length === 'number') return { min: length, max: length }
  if ('min' in length) return length
  if ('normal' in length) {
    const { mean, deviation } = length.normal
    return { min: whole(mean - 3.1 * deviation), max: whole(mean + 3.1 * deviation) }
  }
  if ('lognormal' in length) {
    const { median, sigma, max = MAX_TOKENS } = length.lognormal
    return {
      min: whole(median * Math.exp(-3.1 * sigma)),
      max: Math.min(max, whole(median * Math.exp(3.1 * sigma))),
    }
  }
  const all = length.histogram.map(({ tokens }) => tokens)
  return { min: all.reduce((a, b) => Math.min(a, b)), max: all.reduce((a, b) => Math.max(a, b)) }
}

function whole(tokens: number): number {
  return Math.min(MAX_TOKENS, Math.max(1, Math.round(tokens)))
}
