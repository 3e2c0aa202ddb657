import { parseArgs } from 'node:util'
import type { CutLimits } from '../domain/cut-short.ts'
import { seeded, type Random } from '../domain/random.ts'
import { meanOf } from '../domain/statistics/moments.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { Futility, SLICES } from '../loadgen/futility.ts'
import { printHead, printRow } from './table.ts'

// How often a measurement is cut short that would have met its limits, and after how much of it one that would not,
// over simulated closed loops before a server with slots, and open loops before one that never queues, whose whole
// measurement is known.

const { values: flags } = parseArgs({ options: { runs: { type: 'string', default: '1000' } } })
const RUNS = Number(flags.runs)

const STREAMS = 16
const SLOTS = 8
const OUTPUT_TOKENS = 16
const WARM_UP = 2 * STREAMS
/** The rate and the delay that the server comes to, against those that it must come to. */
const SHORT_OF = [1.02, 1, 0.98, 0.95, 0.9, 0.8, 0.5]

interface Served {
  sentMs: number
  firstMs: number
  lastMs: number
  ok: boolean
}

/** How much the length of requests spreads, and how the speed of the machine wanders. */
const SERVERS = {
  'lengths alike, steady': { spread: 0.02, wander: 0, alike: 0 },
  'lengths differ, steady': { spread: 0.5, wander: 0, alike: 0 },
  'lengths differ, wandering': { spread: 0.5, wander: 0.1, alike: 0.95 },
}
type Server = (typeof SERVERS)[keyof typeof SERVERS]

/** Requests of streams that each send their next as soon as their last has ended, in order of their ends. */
function serve({ spread, wander, alike }: Server, untilMs: number, random: Random): Served[] {
  const slots = new Float64Array(SLOTS)
  const streams = Array.from({ length: STREAMS }, (_, stream) => stream * 10)
  const served: Served[] = []
  let speed = 0
  for (;;) {
    const sentMs = Math.min(...streams)
    if (sentMs > untilMs) break
    const stream = streams.indexOf(sentMs)
    const slot = slots.indexOf(Math.min(...slots))
    speed = alike * speed + wander * Math.sqrt(1 - alike ** 2) * random.normal()
    const takesMs = 400 * Math.exp(speed + spread * random.normal() - spread ** 2 / 2)
    const startMs = Math.max(sentMs, slots[slot] ?? 0)
    const one = { sentMs, firstMs: startMs + 0.3 * takesMs, lastMs: startMs + takesMs, ok: true }
    slots[slot] = one.lastMs
    streams[stream] = one.lastMs
    served.push(one)
  }
  return served.toSorted((a, b) => a.lastMs - b.lastMs)
}

/** Tokens that had come by then, evenly from the first to the last of each request. */
const tokensBy = (served: readonly Served[], atMs: number) =>
  OUTPUT_TOKENS *
  served.reduce(
    (sum, { firstMs, lastMs }) =>
      sum + Math.min(1, Math.max(0, (atMs - firstMs) / Math.max(1, lastMs - firstMs))),
    0,
  )

/** Returns what tells of all that was sent and ended by then, as it happened. */
function passing(served: readonly Served[], futility: Futility): (untilMs: number) => void {
  const events = served
    .flatMap(({ sentMs, firstMs, lastMs, ok }, index) => {
      const ttft = firstMs - sentMs
      const latencies = { ttft, scheduledTtft: ttft, tpot: null, e2e: lastMs - sentMs }
      return [
        { atMs: sentMs, tell: () => futility.sent(index) },
        { atMs: lastMs, tell: () => futility.ended(index, { ok, met: ok, latencies }) },
      ]
    })
    .toSorted((a, b) => a.atMs - b.atMs)
  let next = 0
  return (untilMs) => {
    for (; (events[next]?.atMs ?? Infinity) <= untilMs; next += 1) events[next]?.tell()
  }
}

/** A window with its figures; `against` says after which share of it, if at all, limits end it. */
function measurement(server: Server, windowMs: number, run: number) {
  const random = seeded(run, windowMs)
  const served = serve(server, windowMs + 20_000, random)
  const startMs = served[WARM_UP]?.lastMs ?? 0
  const tokens = Array.from({ length: SLICES + 1 }, (_, slice) =>
    tokensBy(served, startMs + (slice / SLICES) * windowMs),
  )
  const measured = served.filter(({ sentMs }) => sentMs > startMs && sentMs <= startMs + windowMs)
  return {
    rate: (1000 * ((tokens[SLICES] ?? 0) - (tokens[0] ?? 0))) / windowMs,
    delay: percentile(
      measured.map(({ sentMs, firstMs }) => firstMs - sentMs),
      0.9,
    ),
    against({ constraints, hurdle }: CutLimits): number | null {
      const progress = (slice: number) => ({ outputTokens: tokens[slice] ?? 0, requests: 0, goodRequests: 0 })
      const futility = new Futility({ constraints, hurdle }, STREAMS, windowMs, progress(0))
      const pass = passing(measured, futility)
      for (let slice = 1; slice < SLICES; slice += 1) {
        const elapsedMs = (slice / SLICES) * windowMs
        pass(startMs + elapsedMs)
        futility.addSlice(elapsedMs, progress(slice))
        if (futility.cut !== null) return slice / SLICES
      }
      return null
    },
  }
}

for (const windowS of [10, 30, 120]) {
  printHead(`A window of ${windowS} s, ${RUNS} measurements each`, [
    'server',
    'comes to, of what it must',
    'rate: cut, %',
    'cut though whole it meets it, %',
    'after, median share',
    'delay: cut, %',
    'cut though whole it meets it, %',
    'after, median share',
  ])
  for (const [name, server] of Object.entries(SERVERS)) {
    const runs = Array.from({ length: RUNS }, (_, run) => measurement(server, windowS * 1000, run))
    const rate = meanOf(runs.map((run) => run.rate))
    const delay = meanOf(runs.map((run) => run.delay ?? 0))
    for (const share of SHORT_OF) {
      const hurdle = { metric: 'output_tokens_per_second', op: '>=', limit: rate / share } as const
      const limit = { metric: 'ttft_p90_ms', op: '<=', limit: delay * share } as const
      const never = { metric: 'output_tokens_per_second', op: '>=', limit: 0 } as const
      const byRate = runs.map((run) => run.against({ constraints: [], hurdle }))
      const byDelay = runs.map((run) => run.against({ constraints: [limit], hurdle: never }))
      printRow([
        name,
        `${(100 * share).toFixed(0)} %`,
        ...cells(byRate, (run) => (runs[run]?.rate ?? 0) >= hurdle.limit),
        ...cells(byDelay, (run) => (runs[run]?.delay ?? Infinity) <= limit.limit),
      ])
    }
  }
}

/** Requests per second of the open loop, and how long it lasts before its window. */
const RATE = 10
const WARM_UP_MS = 2000
const REFUSED = 0.05
/** How long answers take, in seconds; some requests are refused, at once. */
const ANSWERS: Record<string, (random: Random) => number> = {
  '0.9 to 1.1 s': (random) => 0.9 + 0.2 * random.unit(),
  '28 to 32 s': (random) => 28 + 4 * random.unit(),
  'about 12 s (lognormal of 0.6)': (random) => 12 * Math.exp(0.6 * random.normal()),
}

/** An open loop before a server that never queues: shares of it, and after which share of its window limits end it. */
function openLoop(takesS: (random: Random) => number, windowMs: number, run: number) {
  const random = seeded(run, windowMs, 7)
  const served: Served[] = []
  const endMs = WARM_UP_MS + windowMs
  for (let sentMs = 0; sentMs < endMs; sentMs += (1000 * random.exponential()) / RATE) {
    const ok = random.unit() >= REFUSED
    const lastMs = sentMs + (ok ? 1000 * takesS(random) : 10)
    served.push({ sentMs, firstMs: Math.min(lastMs, sentMs + 300), lastMs, ok })
  }
  const measured = served.filter(({ sentMs }) => sentMs > WARM_UP_MS)
  const endedBy = (atMs: number) => served.filter(({ ok, lastMs }) => ok && lastMs <= atMs).length
  const ended = Array.from({ length: SLICES + 1 }, (_, slice) =>
    endedBy(WARM_UP_MS + (slice / SLICES) * windowMs),
  )
  return {
    rate: (1000 * ((ended[SLICES] ?? 0) - (ended[0] ?? 0))) / windowMs,
    errors: measured.filter(({ ok }) => !ok).length / measured.length,
    against(limits: CutLimits): number | null {
      const progress = (slice: number) => ({
        outputTokens: 0,
        requests: ended[slice] ?? 0,
        goodRequests: ended[slice] ?? 0,
      })
      const futility = new Futility(limits, null, windowMs, progress(0))
      const pass = passing(measured, futility)
      for (let slice = 1; slice < SLICES; slice += 1) {
        const elapsedMs = (slice / SLICES) * windowMs
        pass(WARM_UP_MS + elapsedMs)
        futility.addSlice(elapsedMs, progress(slice))
        if (futility.cut !== null) return slice / SLICES
      }
      return null
    },
  }
}

for (const windowS of [60, 120]) {
  printHead(`An open loop, a window of ${windowS} s, ${RUNS} measurements each`, [
    'answers take',
    'comes to, of what it must',
    'goodput: cut, %',
    'cut though whole it meets it, %',
    'after, median share',
    'error rate: cut, %',
    'cut though whole it meets it, %',
    'after, median share',
  ])
  for (const [name, takesS] of Object.entries(ANSWERS)) {
    const runs = Array.from({ length: RUNS }, (_, run) => openLoop(takesS, windowS * 1000, run))
    const rate = meanOf(runs.map((run) => run.rate))
    for (const share of [1.25, 1, 0.9, 0.5, 0.25]) {
      const hurdle = { metric: 'goodput_requests_per_second', op: '>=', limit: rate / share } as const
      const limit = { metric: 'error_rate', op: '<=', limit: REFUSED * share } as const
      const never = { metric: 'goodput_requests_per_second', op: '>=', limit: 0 } as const
      printRow([
        name,
        `${(100 * share).toFixed(0)} %`,
        ...cells(
          runs.map((run) => run.against({ constraints: [], hurdle })),
          (run) => (runs[run]?.rate ?? 0) >= hurdle.limit,
        ),
        ...cells(
          runs.map((run) => run.against({ constraints: [limit], hurdle: never })),
          (run) => (runs[run]?.errors ?? Infinity) <= limit.limit,
        ),
      ])
    }
  }
}

function cells(cuts: (number | null)[], meets: (run: number) => boolean): string[] {
  const shares = cuts.flatMap((share) => share ?? [])
  const wrong = cuts.filter((share, run) => share !== null && meets(run)).length
  const percent = (count: number) => ((100 * count) / RUNS).toFixed(1)
  return [percent(shares.length), percent(wrong), percentile(shares, 0.5)?.toFixed(2) ?? '-']
}
