import { expect, test } from 'vitest'
import type { RequestRecord } from './measurement.ts'
import { clientCounters, crossCheck, type ServerCounters } from './server-check.ts'

const server = (change: Partial<ServerCounters> = {}): ServerCounters => ({
  outputTokens: 10_000,
  inputTokens: 40_000,
  requests: 100,
  preemptions: 0,
  prefixCacheQueries: null,
  prefixCacheHits: null,
  ttftMeanMs: 100,
  ttftCount: 100,
  ...change,
})
const client = { requests: 100, failed: 0, outputTokens: 10_000, inputTokens: 40_000, ttftMeanMs: 103 }

const record = (change: Partial<RequestRecord> = {}): RequestRecord => ({
  index: 0,
  phase: 'measured',
  scheduledMs: 0,
  sentMs: 10,
  headersMs: 11,
  firstTokenMs: 30,
  lastTokenMs: 50,
  endMs: 51,
  tokenTimesMs: [],
  inputTokens: 7,
  cachedInputTokens: 0,
  outputTokens: 3,
  tokenSource: 'usage',
  outcome: 'ok',
  status: 200,
  finishReason: 'length',
  error: null,
  ...change,
})

test('counts that agree need no word', () => {
  expect(crossCheck(server(), client)).toMatchObject({ compared: true, warnings: [] })
  expect(crossCheck(server({ outputTokens: 10_050 }), client).warnings).toEqual([])
})

test.each([
  [{ outputTokens: 10_060 }, /engine counted 10060 output tokens, the client 10000: does something else use/],
  [{ inputTokens: 39_000 }, /engine counted 39000 input tokens, the client 40000: the engine lost some/],
  [{ ttftMeanMs: 104 }, /103.0 ms at the client, 104.0 ms at the engine: one of the clocks is wrong/],
  [{ ttftMeanMs: 90 }, /103.0 ms at the client, 90.0 ms at the engine: the client, or a proxy, adds/],
])('counts that cannot be are told: %j', (change, expected) => {
  expect(crossCheck(server(change), client).warnings).toEqual([expect.stringMatching(expected)])
})

test('tokens of failed requests are known to the engine alone: nothing is compared', () => {
  const check = crossCheck(server({ outputTokens: 12_000, ttftMeanMs: 500 }), { ...client, failed: 1 })
  expect(check).toMatchObject({ compared: false, warnings: [] })
})

test('an engine that tells nothing, or means over other requests, is no reason for a warning', () => {
  const silent = server({ outputTokens: null, inputTokens: null, ttftMeanMs: null, ttftCount: null })
  expect(crossCheck(silent, client)).toMatchObject({ compared: false, warnings: [] })
  expect(crossCheck(server({ ttftMeanMs: 500, ttftCount: 90 }), client).warnings).toEqual([])
})

test('the client counts every request of the run, its warm-up included', () => {
  const records = [record({ phase: 'warmup' }), record({ firstTokenMs: 50 })]
  expect(clientCounters(records)).toEqual({
    requests: 2,
    failed: 0,
    outputTokens: 6,
    inputTokens: 14,
    ttftMeanMs: 30,
  })
  expect(clientCounters([...records, record({ outcome: 'reset', outputTokens: null })])).toMatchObject({
    requests: 3,
    failed: 1,
  })
})

test('tokens counted by chunks are no measure of the engine', () => {
  expect(clientCounters([record(), record({ tokenSource: 'chunks' })])).toMatchObject({
    outputTokens: null,
    inputTokens: null,
  })
})
