import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { MachineSample } from '../domain/machine-record.ts'
import type { Measurement } from '../domain/measurement.ts'
import { Workload } from '../domain/workload.ts'
import { runLoad } from '../loadgen/run.ts'
import { DONE, STOP, token } from '../loadgen/testing/chunks.ts'
import { completionServer } from '../loadgen/testing/completion-server.ts'
import { measureLevels } from './measure-levels.ts'
import { measureUndisturbed } from './measure-undisturbed.ts'

const QUIET: MachineSample = {
  spanMs: 1000,
  busy: 1,
  others: 0,
  memoryUsedBytes: 1,
  cpuPowerW: null,
  gpus: [],
}
const BUSY = { ...QUIET, others: 0.5 }

/** Searches for how many of up to four streams a server bears; the machine is busy during some of the runs. */
async function search(busyRuns: number[]) {
  await using server = await completionServer({
    instead: async (reply) => {
      await reply.begin()
      await setTimeout(2)
      await reply.chunk(token() + STOP + DONE)
      await reply.finish()
    },
  })
  const runs: string[] = []
  const measured = await measureLevels(
    {
      target: { baseUrl: server.baseUrl, model: 'm' },
      workload: Workload.parse({
        prompts: { synthetic: { inputTokens: 8, outputTokens: 1 } },
        load: { capacity: { upTo: 4, confidence: 0.8 } },
        duration: '20s',
      }),
      slo: { ttft: 2000 },
      calibration: { tokensPerWord: 1, overheadTokens: 0, measured: true },
      runSeed: 1,
    },
    (level, at) => {
      let samples: MachineSample[] = []
      return measureUndisturbed({
        run: async (repeat) => {
          const machine = busyRuns.includes(runs.length) ? BUSY : QUIET
          samples = Array.from({ length: 10 }, () => machine)
          runs.push(at)
          const result = await runLoad({ ...level, attempt: (level.attempt ?? 0) + repeat * 1000 })
          // On a machine that is busy indeed the load generator may be the limit.
          return { ...result, measurement: { ...result.measurement, clientLimited: false } }
        },
        watch: () => () => ({ samples, record: null }),
        counters: null,
        mayRepeat: (repeat) => repeat <= 1,
        onRepeat: async () => undefined,
      })
    },
  )
  return { ...measured, runs, measurement: measured.result.measurement }
}

function doubts({ warnings }: Measurement): string[] {
  return warnings.filter((warning) => warning.startsWith('disturbed'))
}

test('a level of the search for the capacity that was disturbed is measured again, and no other', async () => {
  const { runs, repeats, measurement, disturbed } = await search([1])
  const [first, second, again, ...rest] = runs
  expect(again).toBe(second)
  expect([first, ...rest]).not.toContain(second)
  expect(repeats).toHaveLength(1)
  expect({ capacity: measurement.capacity?.capacity, disturbed }).toEqual({ capacity: 4, disturbed: false })
  expect(measurement.disturbed).toBe(false)
  expect(doubts(measurement)).toEqual([])
})

test('the capacity is doubtful when one of its levels stayed so, and says which', async () => {
  const { runs, measurement, disturbed } = await search([0, 1])
  expect(disturbed).toBe(true)
  expect(measurement.disturbed).toBe(true)
  expect(doubts(measurement)).toEqual([
    expect.stringMatching(new RegExp(`^disturbed ${runs[0]}: other processes took 50 %`)),
  ])
})
