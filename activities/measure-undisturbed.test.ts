import { expect, test } from 'vitest'
import type { MachineSample } from '../domain/machine-record.ts'
import type { Measurement } from '../domain/measurement.ts'
import type { MetricSums } from '../engines/prometheus-text.ts'
import { newMeasurement } from '../tests/measurement.ts'
import { measureUndisturbed, type MeasuringOptions } from './measure-undisturbed.ts'

const limited = { clientLimited: true, warnings: ['client limited: it used 90.0 % of a CPU core'] }
const seconds = (others: number): MachineSample[] =>
  Array.from({ length: 10 }, () => ({
    spanMs: 1000,
    busy: 1,
    others,
    memoryUsedBytes: 1,
    cpuPowerW: null,
    gpus: [],
  }))

interface Try {
  others?: number
  change?: Partial<Measurement>
}

/** Measures on a machine that is, try after try, as given; two repetitions are allowed. */
async function measure(tries: Try[], change: Partial<MeasuringOptions> = {}) {
  const announced: string[] = []
  let at = -1
  const measured = await measureUndisturbed({
    run: async (repeat) => {
      at = repeat
      return {
        measurement: newMeasurement({}, { requests: repeat + 1, ...tries[repeat]?.change }),
        records: [],
      }
    },
    watch: () => () => ({ samples: seconds(tries[at]?.others ?? 0), record: null }),
    counters: null,
    mayRepeat: (repeat) => repeat <= 2,
    onRepeat: async (reason) => void announced.push(reason),
    ...change,
  })
  return { ...measured, announced, measurement: measured.result.measurement }
}

/** A run of one request whose tokens are known. */
function told() {
  const record = { outcome: 'ok', tokenSource: 'usage', outputTokens: 100, inputTokens: 5 } as const
  const times = { sentMs: 0, firstTokenMs: 1, endMs: 2, lastTokenMs: 2, scheduledMs: 0, headersMs: 1 }
  const rest = { index: 0, phase: 'measured', cachedInputTokens: 0, status: 200 } as const
  const records = [{ ...record, ...times, ...rest, tokenTimesMs: [], finishReason: 'length', error: null }]
  return { measurement: newMeasurement({}), records }
}

test('an undisturbed measurement is taken as it is', async () => {
  const { measurement, disturbed, announced } = await measure([{}])
  expect({ measurement, disturbed, announced }).toMatchObject({
    measurement: { requests: 1, warnings: [], disturbed: false },
    disturbed: false,
    announced: [],
  })
})

test('a disturbed one is measured again, and the reason told', async () => {
  const { measurement, repeats, announced } = await measure([{ others: 0.5 }, {}])
  expect(measurement).toMatchObject({ requests: 2, warnings: [], disturbed: false })
  expect(repeats).toEqual([expect.stringMatching(/^other processes took 50 % of the cores/)])
  expect(announced).toEqual(repeats)
})

test('one that stays disturbed is kept and says so', async () => {
  const { measurement, repeats, disturbed } = await measure([
    { others: 0.5 },
    { others: 0.6 },
    { others: 0.7 },
  ])
  expect(measurement).toMatchObject({ requests: 3, disturbed: true })
  expect(measurement.warnings).toEqual([expect.stringMatching(/^disturbed: other processes took 70 %/)])
  expect(repeats).toHaveLength(2)
  expect(disturbed).toBe(true)
})

test('where the load generator was the limit it is measured again; a disturbed one is better than that', async () => {
  expect((await measure([{ change: limited }, {}])).measurement).toMatchObject({
    requests: 2,
    clientLimited: false,
  })
  const { measurement } = await measure([{ others: 0.5 }, { change: limited }, { change: limited }])
  expect(measurement).toMatchObject({ requests: 1, clientLimited: false, disturbed: true })
})

test('nothing is repeated that may not be, or in which no request succeeded', async () => {
  const never = await measure([{ others: 0.5 }], { mayRepeat: () => false })
  expect(never).toMatchObject({ repeats: [], measurement: { disturbed: true } })
  const dead = await measure([{ others: 0.5, change: { outcomes: { connect: 4 } } }])
  expect(dead).toMatchObject({ repeats: [], measurement: { outcomes: { connect: 4 } } })
})

test("the engine's counts are held against the client's, once they have settled", async () => {
  const counted = (tokens: number): MetricSums => new Map([['vllm:generation_tokens_total', tokens]])
  const run = async () => told()
  const check = async (readings: number[]) =>
    measure([{}], {
      run,
      counters: {
        names: { outputTokens: ['vllm:generation_tokens'] },
        read: async () => counted(readings.shift() ?? 0),
      },
    })
  // The last token is counted late.
  expect((await check([1000, 1099, 1100])).server).toMatchObject({ compared: true, warnings: [] })
  const { server, measurement: marked } = await check([1000, 1200, 1200, 1200, 1200])
  expect(server?.server.outputTokens).toBe(200)
  expect(marked.warnings).toEqual(server?.warnings)
  expect(marked.warnings).toEqual([expect.stringMatching(/counted 200 output tokens, the client 100/)])
})

test('energy per output token is a metric where the power is known', async () => {
  const powered = seconds(0).map((sample) => ({ ...sample, cpuPowerW: 50 }))
  const energy = async (change: Partial<MeasuringOptions> = {}) => {
    const watch = () => () => ({ samples: powered, record: null })
    const { measurement: measured } = await measure([{}], { run: async () => told(), watch, ...change })
    // Limits are judged by the second.
    expect(measured.metricsWithFailures.joules_per_output_token).toBe(
      measured.metrics.joules_per_output_token,
    )
    return measured.metrics.joules_per_output_token
  }
  // 500 J for 100 tokens.
  expect(await energy()).toBe(5)
  expect(await energy({ watch: () => () => ({ samples: seconds(0), record: null }) })).toBeUndefined()
})
