import { arrivalSource, arrivalTimes, streamStartMs, type ClockedLoad } from '../../domain/arrivals.ts'
import { durationMs, formatDuration } from '../../domain/duration.ts'
import { count, counted } from '../../domain/figures.ts'
import {
  conversationLengths,
  prefixLengths,
  syntheticLengths,
  type RequestLengths,
} from '../../domain/request-lengths.ts'
import { ascending, percentileOfSorted } from '../../domain/statistics/percentile.ts'
import { readLoad, readPrompts, readTimes, type ReadPrompts } from './read-workload.ts'
import { isObject, type Json } from './request-draft.ts'

/** A bar of a strip; all as shares of it. */
export interface Bar {
  from: number
  to: number
  height: number
}

/** A small picture with what it says in a sentence. */
export interface Strip {
  title: string
  sentence: string
  bars: Bar[]
  /** What stands at its ends. */
  ends: [string, string]
}

/** The seed of the first run of a tuning, the baseline's. */
const RUN_SEED = 0
/** So many requests say what the lengths are. */
const REQUESTS = 500
/** So many arrivals can be told apart as ticks; more are counted by bins. */
const TICKS = 200
const TICK_WIDTH = 0.002
const BINS = 48
/** Nobody waits for more arrivals than this to be drawn. */
const MOST_ARRIVALS = 50_000
/** About so many arrivals of a steady rate are shown. */
const SHOWN_ARRIVALS = 40
/** Lengths above this share of them are drawn together where they reach so much further: they leave no room for the rest. */
const TAIL = { share: 0.99, factor: 1.5 }

/** Draws the arrivals and the lengths that the load generator makes of a workload, of one half written as far as it goes. Pure. */
export function trafficStrips(workload: Json | undefined): Strip[] {
  const { load, prompts } = isObject(workload) ? workload : {}
  return [arrivalStrip(load, readTimes(workload)), ...lengthStrips(readPrompts(prompts), readTimes(workload))]
}

function arrivalStrip(value: Json | undefined, times: ReturnType<typeof readTimes>): Strip {
  const { warmupMs, durationMs: measuredMs } = times
  const totalMs = warmupMs + measuredMs
  const strip = (sentence: string, bars: Bar[] = [], spanMs = totalMs): Strip => {
    const ends: Strip['ends'] = bars.length === 0 ? ['', ''] : ['start', timeText(spanMs)]
    return { title: 'Arrivals', sentence, bars, ends }
  }
  const load = readLoad(value)
  switch (load?.kind) {
    case undefined:
      return strip('Drawn once the load can be read.')
    case 'trace':
      return strip('Requests come at the times of the dataset.')
    case 'capacity':
      return strip(`The most ${load.of} that meet the limits are searched for, up to ${load.upTo}.`)
    case 'streams': {
      const { streams } = load
      const starts = Array.from({ length: streams }, (_, stream) => streamStartMs(stream, streams, warmupMs))
      const each = streams === 1 ? 'One stream sends' : `${count(streams)} streams, each of which sends`
      const begin = streams === 1 ? '' : `; they begin one after the other over ${formatDuration(warmupMs)}`
      return strip(
        `${each} its next request as soon as its last is answered${begin}.`,
        thinned(starts).map(([stream, startMs], index, all) => ({
          from: startMs / totalMs,
          to: (all[index + 1]?.[1] ?? totalMs) / totalMs,
          height: (stream + 1) / streams,
        })),
      )
    }
    case 'clocked': {
      const spanMs = shownMs(load.load, totalMs)
      const dueMs = arrivalsUntil(load.load, times, spanMs)
      const shown = dueMs.length <= TICKS ? ticks(dueMs, spanMs) : histogram(dueMs, 0, spanMs)
      return strip(
        `${loadText(load.load)}: ${requestsText(dueMs.length)} in the first ${timeText(spanMs)}.`,
        shown,
        spanMs,
      )
    }
  }
}

/** Steps that a screen can show. */
function thinned(starts: number[]): [index: number, startMs: number][] {
  const every = Math.ceil(starts.length / TICKS)
  return starts
    .map((startMs, index): [number, number] => [index, startMs])
    .filter(([index]) => index % every === 0 || index === starts.length - 1)
}

/** How much of a load is shown: of a rate a little, of bursts two of them, of a ramp all. */
function shownMs(load: ClockedLoad, totalMs: number): number {
  if ('ramp' in load) return totalMs
  const wantedMs =
    'rate' in load
      ? Math.ceil(SHOWN_ARRIVALS / load.rate) * 1000
      : 2 * (durationMs(load.bursts.on) + durationMs(load.bursts.off))
  return Math.min(totalMs, wantedMs)
}

function arrivalsUntil(load: ClockedLoad, times: ReturnType<typeof readTimes>, untilMs: number): number[] {
  const { warmupMs, durationMs: measuredMs } = times
  const extent = { durationMs: warmupMs + measuredMs, requests: null }
  const dueMs: number[] = []
  for (const atMs of arrivalTimes(load, arrivalSource(times, RUN_SEED), extent)) {
    if (!(atMs < untilMs) || dueMs.length === MOST_ARRIVALS) return dueMs
    dueMs.push(atMs)
  }
  return dueMs
}

/** The end of a strip: `5.5 s`. */
function timeText(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 100) / 10} s` : formatDuration(ms)
}

function loadText(load: ClockedLoad): string {
  const how = { constant: 'Evenly spaced', poisson: 'Poisson', gamma: 'Gamma' }[load.arrivals]
  if ('rate' in load) return `${how} arrivals at ${load.rate} a second`
  if ('ramp' in load) return `${how} arrivals from ${load.ramp.from} to ${load.ramp.to} a second`
  const { rate, on, off, rateBetween } = load.bursts
  const then = rateBetween === 0 ? `a pause of ${off}` : `at ${rateBetween} for ${off}`
  return `${how} arrivals at ${rate} a second for ${on}, then ${then}`
}

function requestsText(number: number): string {
  if (number === MOST_ARRIVALS) return `more than ${count(number)} requests`
  return counted(number, 'request')
}

function lengthStrips(prompts: ReadPrompts | null, workload: { seed: number }): Strip[] {
  if (prompts === null) return []
  const plan = { workload, runSeed: RUN_SEED, stage: 'run' } as const
  const lengthsOf = (index: number) => {
    if ('synthetic' in prompts) return [syntheticLengths(prompts.synthetic, plan, index)]
    if ('prefixGroups' in prompts) return [prefixLengths(prompts.prefixGroups, plan, index)]
    return conversationLengths(prompts.multiTurn, plan, index)
  }
  const drawn: RequestLengths[] = []
  for (let index = 0; drawn.length < REQUESTS; index += 1) drawn.push(...lengthsOf(index))
  const ofAll = (key: keyof RequestLengths) => drawn.slice(0, REQUESTS).map((lengths) => lengths[key])
  return [lengthStrip('Input', ofAll('inputTokens')), lengthStrip('Output', ofAll('outputTokens'))]
}

function lengthStrip(title: string, lengths: number[]): Strip {
  const sorted = ascending(lengths)
  const quantile = (p: number) => percentileOfSorted(sorted, p) ?? 0
  const [least, middle, most] = [quantile(0), quantile(0.5), quantile(1)]
  if (least === most) {
    const bars = [{ from: 0.5 - TICK_WIDTH, to: 0.5 + TICK_WIDTH, height: 1 }]
    return { title, sentence: `${count(least)} tokens in every request.`, bars, ends: ['', ''] }
  }
  const beforeTail = Math.max(least + 1, Math.round(quantile(TAIL.share)))
  const shown = most > TAIL.factor * beforeTail ? beforeTail : most
  return {
    title,
    sentence: `${count(least)} to ${count(most)} tokens, the middle one ${count(middle)}, in the first ${count(lengths.length)} requests.`,
    bars: histogram(lengths, least, shown),
    ends: [count(least), shown < most ? `${count(shown)} and more` : count(most)],
  }
}

function ticks(dueMs: number[], spanMs: number): Bar[] {
  return dueMs.map((atMs) => ({ from: atMs / spanMs, to: atMs / spanMs + TICK_WIDTH, height: 1 }))
}

/** Counts values by bins between two ends; what lies beyond counts in the last. */
function histogram(values: number[], low: number, high: number): Bar[] {
  const counts = new Array<number>(BINS).fill(0)
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const most = Math.max(...counts)
  return counts.map((number, bin) => ({ from: bin / BINS, to: (bin + 0.85) / BINS, height: number / most }))
}
