import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TuningSpec } from '../client/client.ts'
import { api, quickRequest, runCli, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  calls = api(service)
})
afterAll(() => service.remove())

/** One slot serves an eighth of what eight do, and its requests wait for seven others: half a second. */
const request = (change: Partial<TuningSpec> = {}) =>
  quickRequest({
    name: 'cut short',
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ubatch_size: 32 } },
    workload: {
      prompts: { synthetic: { inputTokens: 16, outputTokens: 8 } },
      load: { concurrency: 8 },
      duration: '8s',
      warmup: '50ms',
    },
    baseline: { parallel: 4 },
    search: 'grid',
    space: { parallel: { type: 'ordinal', choices: [1, 8] } },
    confirmation: { pairs: 1, finalists: 1 },
    budget: { experiments: 2 },
    ...change,
  })

/** Runs a tuning, again where the machine was so busy that nothing can be judged: the load generator was the limit. */
async function outcomes(change: Partial<TuningSpec> = {}) {
  for (;;) {
    const { id } = await calls.start(request(change))
    const all = await outcomesOf(id)
    if (all.every(({ clientLimited }) => !clientLimited)) return { id, all }
  }
}

async function outcomesOf(id: string) {
  const events = await calls.finished(id)
  const summaries = new Map(
    events.flatMap(({ event }) =>
      event.type === 'experiment.finished' ? [[event.experiment, event.summary]] : [],
    ),
  )
  return (await calls.experiments(id)).map(({ number, kind, configuration, result, objective }) => ({
    kind,
    parallel: configuration.parallel,
    cut: result?.status === 'measured' ? result.measurement.cutShort : undefined,
    clientLimited: result?.status === 'measured' && result.measurement.clientLimited,
    windowMs: result?.status === 'measured' ? result.measurement.windowMs : NaN,
    objective,
    summary: summaries.get(number),
  }))
}

test('a hopeless configuration is cut short and told so; baseline, best and confirmation are measured to the end', async () => {
  const { id, all } = await outcomes()
  const hopeless = all.find(({ parallel }) => parallel === 1)
  expect(hopeless).toMatchObject({ kind: 'search', objective: null })
  expect(hopeless?.cut).toMatchObject({ of: 'objective', metric: 'output_tokens_per_second', ofMs: 8000 })
  expect(hopeless?.windowMs).toBeLessThan(8000)
  expect(hopeless?.summary).toMatch(/^stopped after \d s: cannot reach output tokens\/s [\d.,]+$/)
  const others = all.filter((experiment) => experiment !== hopeless)
  expect(others.map(({ kind }) => kind)).toEqual(['baseline', 'search', 'confirmation', 'confirmation'])
  expect(others.map(({ cut, windowMs }) => ({ cut, windowMs }))).toEqual(
    others.map(() => ({ cut: undefined, windowMs: 8000 })),
  )
  expect((await calls.report(id)).best?.configuration).toEqual({ parallel: 8 })
  const written = await runCli(service.env, 'report', id, '--format', 'md')
  expect(written.stdout.replaceAll('\\', '')).toContain(hopeless?.summary)
  expect((await runCli(service.env, 'report', id)).stdout).toContain('5 measured, 1 of them cut short')
})

test('with a limit that it breaks it is cut short too, and not at all when that is not wanted', async () => {
  const slow = { constraints: ['ttft_p50_ms <= 300'], confirmation: { pairs: 0, finalists: 1 } }
  const lengths = async (cutShort: boolean) => {
    const { all } = await outcomes({ ...slow, budget: { experiments: 2, cutShort } })
    return all.map(({ parallel, cut }) => `${String(parallel)}: ${cut === undefined ? 'whole' : 'cut'}`)
  }
  expect((await lengths(true)).toSorted()).toEqual(['1: cut', '4: whole', '8: whole'])
  expect((await lengths(false)).toSorted()).toEqual(['1: whole', '4: whole', '8: whole'])
})
