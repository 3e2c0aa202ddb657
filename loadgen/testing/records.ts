import type { RequestRecord } from '../../domain/measurement.ts'

/** Returns the record of a measured request that was sent at 0 and answered with tokens at these times. */
export function record(tokenTimesMs: number[], overrides: Partial<RequestRecord> = {}): RequestRecord {
  const lastTokenMs = tokenTimesMs.at(-1) ?? null
  return {
    index: 0,
    phase: 'measured',
    scheduledMs: 0,
    sentMs: 0,
    headersMs: 0,
    firstTokenMs: tokenTimesMs[0] ?? null,
    lastTokenMs,
    endMs: lastTokenMs ?? 0,
    tokenTimesMs,
    inputTokens: 10,
    cachedInputTokens: null,
    outputTokens: tokenTimesMs.length,
    tokenSource: 'usage',
    outcome: 'ok',
    status: 200,
    finishReason: 'length',
    error: null,
    ...overrides,
  }
}

/** Returns the record of a measured request that failed. */
export function failure(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return record([], {
    outcome: 'reset',
    outputTokens: null,
    tokenSource: null,
    finishReason: null,
    ...overrides,
  })
}
