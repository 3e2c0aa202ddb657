import { expect, test } from 'vitest'
import type { ClientFigures, RequestRecord } from '../domain/measurement.ts'
import { Collector, type Wanted } from './collector.ts'
import { failure, record } from './testing/records.ts'
import { warningsOf, type RunFacts } from './warnings.ts'

const TIMES = [10, 20, 30]
const IDLE: ClientFigures = {
  latenessP99Ms: null,
  rateTarget: null,
  rateActual: null,
  eventLoopDelayP99Ms: 1,
  cpuShare: 0.1,
  threads: 1,
  connectP50Ms: null,
  staleConnections: 0,
}

function facts(
  records: RequestRecord[],
  overrides: Partial<RunFacts> = {},
  wanted: Wanted = { inputTokens: 10, outputTokens: 3 },
): RunFacts {
  const collector = new Collector({}, 2)
  for (const each of records) collector.add({ record: each, wanted, latenessMs: 0 })
  return {
    collector,
    calibration: { tokensPerWord: 1, overheadTokens: 2, measured: true },
    client: IDLE,
    steady: true,
    open: false,
    window: { startMs: 1000, endMs: 11_000 },
    ...overrides,
  }
}
const open = (client: Partial<ClientFigures>): Partial<RunFacts> => ({
  open: true,
  client: { ...IDLE, ...client },
})
const many = (count: number, overrides: Partial<RequestRecord> = {}) =>
  Array.from({ length: count }, () => record(TIMES, overrides))

test('a run with nothing amiss has no warning', () => {
  expect(warningsOf(facts(many(368)))).toEqual({ warnings: [], clientLimited: false })
})

test.each([
  [367, 'p99 needs 368'],
  [71, 'p95 needs 72, p99 needs 368'],
  [35, 'p90 needs 36, p95 needs 72, p99 needs 368'],
])('%i requests are too few for some percentiles', (count, needs) => {
  const { warnings } = warningsOf(facts(many(count)))
  expect(warnings).toEqual([`a 95 % interval takes more successful requests than ${count}: ${needs}`])
})

test.each<[string, RequestRecord[], Partial<RunFacts>, string]>([
  ['no success', [failure()], {}, 'no request sent in the window succeeded'],
  ['an unsteady start', many(368), { steady: false }, 'not steady'],
  [
    'an open loop that was not full yet',
    many(368),
    { open: true, window: { startMs: 0, endMs: 1000 } },
    'before half of the first answers (0.03 s) were over',
  ],
  ['tokens counted by chunks', many(368, { tokenSource: 'chunks' }), {}, 'counted by chunks'],
  [
    'tokens not counted',
    many(368, { outputTokens: null, tokenSource: null }),
    {},
    'say nothing of their tokens',
  ],
  ['prompts of another length', many(368, { inputTokens: 11 }), {}, 'wanted length by 10.0 %'],
  [
    'answers of another length',
    many(368, { outputTokens: 2 }),
    {},
    '368 of 368 answers are not of the wanted length',
  ],
  [
    'guessed prompt lengths',
    many(368, { inputTokens: null }),
    { calibration: { tokensPerWord: 1, overheadTokens: 0, measured: false } },
    'guesses',
  ],
  ['prompts from the cache', many(368, { cachedInputTokens: 3 }), {}, '10.0 % of the input tokens'],
  ['answers that were not streamed', many(368, { firstTokenMs: null, tokenTimesMs: [] }), {}, 'not streamed'],
  ['tokens that come in lumps', many(368, { tokenTimesMs: [10, 10, 20] }), {}, '50.0 % of the gaps'],
])('%s gives a warning and does not blame the client', (_, records, overrides, text) => {
  const { warnings, clientLimited } = warningsOf(facts(records, overrides))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(text)
  expect(clientLimited).toBe(false)
})

test('a cached chat template is no cached prompt', () => {
  expect(warningsOf(facts(many(368, { cachedInputTokens: 2 }))).warnings).toEqual([])
})

test('what requests are meant to share may come from the cache', () => {
  const shared = { inputTokens: 10, outputTokens: 3, sharedTokens: 5 }
  expect(warningsOf(facts(many(368, { cachedInputTokens: 7 }), {}, shared)).warnings).toEqual([])
  expect(warningsOf(facts(many(368, { cachedInputTokens: 9 }), {}, shared)).warnings).toHaveLength(1)
})

test('prompts within five per cent of their length are near enough', () => {
  const wanted = { inputTokens: 100, outputTokens: 3 }
  expect(warningsOf(facts(many(368, { inputTokens: 101 }), {}, wanted)).warnings).toEqual([])
})

test('waiting for a cap on concurrency is told', () => {
  const late = many(368, { dispatchedMs: 40 })
  expect(warningsOf(facts(late, { ...open({}), capped: true })).warnings).toEqual([
    expect.stringContaining('waited up to 40 ms'),
  ])
})

test.each<[string, Partial<RunFacts>, string]>([
  ['a late event loop', { client: { ...IDLE, eventLoopDelayP99Ms: 11 } }, '11.0 ms late'],
  ['a busy core', { client: { ...IDLE, cpuShare: 0.9 } }, '90.0 % of a CPU core'],
  ['late sends of an open loop', open({ latenessP99Ms: 6 }), 'up to 6.0 ms (p99) after they were due'],
  [
    'another rate than was due',
    open({ rateTarget: 100, rateActual: 98 }),
    '98.00 requests per second, not the 100.00',
  ],
])('%s makes the run client limited', (_, overrides, text) => {
  const { warnings, clientLimited } = warningsOf(facts(many(368), overrides))
  expect(warnings).toEqual([expect.stringContaining(`client limited: `)])
  expect(warnings[0]).toContain(text)
  expect(clientLimited).toBe(true)
})

test('a rate that a cap on concurrency holds back does not blame the client', () => {
  const held = { ...open({ rateTarget: 20, rateActual: 12.4 }), capped: true }
  expect(warningsOf(facts(many(368), held))).toEqual({ warnings: [], clientLimited: false })
})

test('a closed loop has no schedule to be late for', () => {
  const client = { ...IDLE, latenessP99Ms: 50 }
  expect(warningsOf(facts(many(368), { client })).clientLimited).toBe(false)
})

test('lateness that is nothing beside the time to the first token is let pass', () => {
  const slow = many(368, { firstTokenMs: 1000 })
  expect(warningsOf(facts(slow, open({ latenessP99Ms: 19 }))).clientLimited).toBe(false)
  expect(warningsOf(facts(slow, open({ latenessP99Ms: 21 }))).clientLimited).toBe(true)
})
