import { expect, test } from 'vitest'
import { Workload } from '../../domain/workload.ts'
import { arrivalSource, arrivalTimes } from '../../domain/arrivals.ts'
import { syntheticLengths } from '../../domain/request-lengths.ts'
import { readLoad, readPrompts, readTimes } from './read-workload.ts'
import type { Json } from './request-draft.ts'
import { trafficStrips } from './traffic-picture.ts'

const LENGTHS = { inputTokens: { min: 64, max: 256 }, outputTokens: 16 }
const workload = (load: Json, prompts: Json = { synthetic: LENGTHS }): Json => ({ prompts, load, seed: 7 })
const strips = (load: Json, prompts?: Json) => trafficStrips(workload(load, prompts))
const arrivals = (load: Json) => strips(load)[0]!

test('the ticks of a rate stand where the load generator sends', () => {
  const [{ bars, sentence, ends }] = [arrivals({ rate: 4, arrivals: 'poisson' })]
  const sent: number[] = []
  const extent = { durationMs: 32_000, requests: null }
  for (const atMs of arrivalTimes({ rate: 4, arrivals: 'poisson' }, arrivalSource({ seed: 7 }, 0), extent)) {
    if (atMs >= 10_000) break
    sent.push(atMs)
  }
  expect(bars.map(({ from }) => Math.round(from * 10_000))).toEqual(sent.map(Math.round))
  expect(sentence).toBe(`Poisson arrivals at 4 a second: ${sent.length} requests in the first 10 s.`)
  expect(ends).toEqual(['start', '10 s'])
})

test('the streams of a closed loop begin one after the other over the warm-up', () => {
  const { bars, sentence } = arrivals({ concurrency: 4 })
  expect(bars.map(({ height }) => height)).toEqual([0.25, 0.5, 0.75, 1])
  expect(bars.map(({ from }) => Math.round(from * 32_000))).toEqual([0, 500, 1000, 1500])
  expect(bars.at(-1)?.to).toBe(1)
  expect(sentence).toContain('4 streams')
  expect(arrivals({ concurrency: 4096 }).bars.length).toBeLessThan(300)
})

test('a ramp grows and bursts have pauses', () => {
  const ramp = arrivals({ ramp: { from: 1, to: 100 }, arrivals: 'constant' }).bars
  expect(ramp.at(-2)!.height).toBeGreaterThan(5 * ramp[2]!.height)
  const { bars } = arrivals({ bursts: { rate: 10, on: '2s', off: '8s' }, arrivals: 'constant' })
  const seconds = bars.map(({ from }) => from * 20)
  expect(seconds.filter((at) => (at > 2.1 && at < 9.9) || (at > 12.1 && at < 19.9))).toEqual([])
  expect(seconds.filter((at) => at > 9.9 && at < 12.1).length).toBeGreaterThan(15)
})

test('lengths are those of the first requests', () => {
  const [, input, output] = strips({ concurrency: 1 })
  const plan = { workload: { seed: 7 }, runSeed: 0, stage: 'run' } as const
  const drawn = Array.from({ length: 1000 }, (_, at) => syntheticLengths(LENGTHS, plan, at).inputTokens)
  expect(input!.sentence).toContain(`${Math.min(...drawn)} to ${Math.max(...drawn)} tokens`)
  expect(Math.max(...input!.bars.map(({ height }) => height))).toBe(1)
  expect(output!.sentence).toBe('16 tokens in every request.')
})

test('a long tail is drawn together, and said', () => {
  const [, input] = strips(
    { concurrency: 1 },
    { synthetic: { inputTokens: { lognormal: { median: 100, sigma: 1.5 } }, outputTokens: 1 } },
  )
  expect(input!.ends[1]).toMatch(/and more$/)
})

test('what is half written is drawn as far as it goes', () => {
  const [load, ...lengths] = trafficStrips({ load: { rate: '' }, prompts: {} })
  expect([load!.bars, lengths]).toEqual([[], []])
  expect(load!.sentence).toContain('once the load can be read')
  expect(trafficStrips(undefined)).toHaveLength(1)
  expect(arrivals({ rate: Infinity }).sentence).toContain('once the load can be read')
  expect(arrivals({ trace: {} }).sentence).toContain('times of the dataset')
  expect(arrivals({ capacity: { upTo: 64 } }).sentence).toContain('up to 64')
})

test.each<[Json, Json]>([
  [
    { concurrency: 8 },
    { synthetic: { inputTokens: { normal: { mean: 9, deviation: 0 } }, outputTokens: 2 } },
  ],
  [
    { rate: 3, arrivals: 'gamma', burstiness: 0.5 },
    { prefixGroups: { groups: 2, prefixTokens: 3, suffixTokens: 4, outputTokens: { min: 1, max: 2 } } },
  ],
  [
    { ramp: { from: 1, to: 2, shape: 'exponential' }, arrivals: 'constant' },
    { multiTurn: { turns: { min: 1, max: 3 }, inputTokens: 3, outputTokens: 4 } },
  ],
  [
    { bursts: { rate: 1, on: '1s', off: '2s', rateBetween: 0.5 }, arrivals: 'poisson' },
    {
      synthetic: {
        inputTokens: { lognormal: { median: 3, sigma: 1, max: 9 } },
        outputTokens: { histogram: [{ tokens: 1, weight: 2 }] },
      },
    },
  ],
])('what the API accepts is read as the API reads it: %j', (load, prompts) => {
  const accepted = Workload.parse({ load, prompts })
  const read = readLoad(load)
  if (read?.kind === 'clocked') expect(read.load).toMatchObject(accepted.load)
  else expect(read).toEqual({ kind: 'streams', streams: 8 })
  expect(readPrompts(prompts)).toEqual(accepted.prompts)
  expect(readTimes({ load, prompts })).toEqual({ warmupMs: 2000, durationMs: 30_000, seed: accepted.seed })
})
