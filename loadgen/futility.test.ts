import { expect, test } from 'vitest'
import type { CutLimits } from '../domain/cut-short.ts'
import { seeded } from '../domain/random.ts'
import { Futility, SLICES, type Ended } from './futility.ts'

const WINDOW_MS = 60_000
const reach = (limit: number) => ({ metric: 'output_tokens_per_second', op: '>=', limit }) as const
const answered = (ttft: number): Ended => ({
  ok: true,
  met: true,
  latencies: { ttft, scheduledTtft: ttft, tpot: null, e2e: ttft + 100 },
})
const FAILED: Ended = {
  ok: false,
  met: false,
  latencies: { ttft: null, scheduledTtft: null, tpot: null, e2e: 0 },
}

/** Plays a window of 40 tokens and ten requests a second; returns why it was cut short, and after which share of it. */
function play(limits: CutLimits, request: (noise: number) => Ended, windowMs = WINDOW_MS) {
  const random = seeded(1)
  let progress = { outputTokens: 0, requests: 0, goodRequests: 0 }
  const futility = new Futility(limits, 4, windowMs, progress)
  const sliceMs = windowMs / SLICES
  let due = 0
  for (let slice = 1; slice < SLICES && futility.cut === null; slice += 1) {
    for (; due < slice * sliceMs; due += 100) {
      futility.sent(due)
      futility.ended(due, request(random.normal()))
    }
    const outputTokens = progress.outputTokens + (40 + 4 * random.normal()) * (sliceMs / 1000)
    progress = { ...progress, outputTokens }
    futility.addSlice(slice * sliceMs, progress)
  }
  return futility.cut
}

test('what cannot come near the best any more is cut short early, with the most that it could have reached', () => {
  const cut = play({ constraints: [], hurdle: reach(50) }, () => answered(100))
  expect(cut).toMatchObject({ of: 'objective', metric: 'output_tokens_per_second', limit: 50 })
  expect(cut?.afterMs).toBeLessThan(WINDOW_MS / 4)
  expect(cut?.bound).toBeGreaterThan(40)
  expect(cut?.bound).toBeLessThan(50)
})

test('what may still reach it is measured to the end', () => {
  expect(play({ constraints: [], hurdle: reach(38) }, () => answered(100))).toBeNull()
})

test('a limit on a percentile that too many requests break ends it, one that enough meet does not', () => {
  const limits = (limit: number): CutLimits => ({
    constraints: [{ metric: 'ttft_p90_ms', op: '<=', limit }],
    hurdle: reach(10),
  })
  const skewed = (noise: number) => answered(100 * Math.exp(0.5 * noise))
  const cut = play(limits(100), skewed)
  expect(cut).toMatchObject({ of: 'constraint', metric: 'ttft_p90_ms', limit: 100, bound: 100 })
  expect(play(limits(200), skewed)).toBeNull()
})

test('failed requests are infinitely late for a limit, and without a say for an objective', () => {
  const failing = (noise: number) => (noise > 0.5 ? FAILED : answered(100))
  const limit = { metric: 'ttft_p90_ms', op: '<=', limit: 150 } as const
  expect(play({ constraints: [limit], hurdle: reach(10) }, failing)).toMatchObject({ of: 'constraint' })
  expect(play({ constraints: [], hurdle: limit }, failing)).toBeNull()
})

test('nothing is decided before a disturbance of the machine would show', () => {
  const hopeless = { constraints: [], hurdle: reach(400) }
  expect(play(hopeless, () => answered(100), 8000)?.afterMs).toBeGreaterThanOrEqual(5000)
  expect(play(hopeless, () => answered(100), 4000)).toBeNull()
})

/**
 * Plays an open loop of ten requests a second of which one in twenty is refused at once and the others take 28 to 32 s:
 * its window of two minutes begins with the first of them.
 */
function playOpen(limits: CutLimits) {
  const random = seeded(3)
  const windowMs = 120_000
  const answersMs = Array.from({ length: windowMs / 100 }, () =>
    random.unit() < 0.05 ? null : 28_000 + 4000 * random.unit(),
  )
  const events = answersMs
    .flatMap((takesMs, index) => [
      { atMs: index * 100, index, ended: null },
      { atMs: index * 100 + (takesMs ?? 1), index, ended: takesMs === null ? FAILED : answered(300) },
    ])
    .toSorted((a, b) => a.atMs - b.atMs)
  let progress = { outputTokens: 0, requests: 0, goodRequests: 0 }
  const futility = new Futility(limits, null, windowMs, progress)
  let due = 0
  for (let slice = 1; slice < SLICES && futility.cut === null; slice += 1) {
    const elapsedMs = (slice / SLICES) * windowMs
    for (let event = events[due]; event !== undefined && event.atMs <= elapsedMs; event = events[due]) {
      if (event.ended === null) futility.sent(event.index)
      else futility.ended(event.index, event.ended)
      if (event.ended?.ok === true) progress = { ...progress, goodRequests: progress.goodRequests + 1 }
      due += 1
    }
    futility.addSlice(elapsedMs, progress)
  }
  return futility.cut
}

test('in an open loop refusals, which end before any answer, are counted beside those sent with them', () => {
  const refused = (limit: number): CutLimits => ({
    constraints: [{ metric: 'error_rate', op: '<=', limit }],
    hurdle: reach(0),
  })
  expect(playOpen(refused(0.1))).toBeNull()
  expect(playOpen(refused(0.005))).toMatchObject({ of: 'constraint', metric: 'error_rate' })
})

test('in an open loop rates are judged by what comes once answers do, and the start counts for what it is', () => {
  const goodput = (limit: number): CutLimits => ({
    constraints: [],
    hurdle: { metric: 'goodput_requests_per_second', op: '>=', limit },
  })
  // 9.5 answers a second for three quarters of the window: 7.1 over the whole of it.
  expect(playOpen(goodput(6.8))).toBeNull()
  const cut = playOpen(goodput(8.5))
  expect(cut?.bound).toBeGreaterThan(7)
  expect(cut?.bound).toBeLessThan(8.5)
})
