import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { TuningRequest } from '../domain/tuning.ts'
import { api, smallRequest, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService()
  calls = api(service)
})
afterAll(() => service.remove())

const ROOT = join(import.meta.dirname, '..')
const BENCHMARK = join(ROOT, 'examples/own-program/benchmark.mjs')

const request = (command: string[], timeout = '30s') =>
  smallRequest({
    name: 'program',
    engine: { kind: 'command', model: 'toy', command, timeout },
    space: {
      batch: { type: 'integer', low: 1, high: 256, scale: 'power-of-two' },
      order: { type: 'integer', low: 1, high: 3 },
      reuse: { type: 'boolean' },
    },
    constraints: ['e2e_p90_ms <= 1000'],
    rules: [],
    baseline: { batch: 1, order: 1, reuse: false },
  })

test('the example of a program of yours is tuned: what it measures counts, what it cannot do is learned, a configuration of yours is tried', async () => {
  const file = parse(await readFile(join(ROOT, 'examples/own-program/tuning.yaml'), 'utf8'))
  expect(TuningRequest.parse(file).engine.command).toContain('examples/own-program/benchmark.mjs')
  const { id } = await calls.start({ ...request([process.execPath, BENCHMARK]), budget: { experiments: 8 } })
  await calls.finished(id)
  const [tuning, experiments, report] = [
    await calls.read(id),
    await calls.experiments(id),
    await calls.report(id),
  ]
  expect(tuning).toMatchObject({ state: 'completed' })
  for (const { configuration, result } of experiments) {
    const states = Number(configuration.batch) * 40 ** Number(configuration.order)
    if (states > 40_000)
      expect(result).toMatchObject({ status: 'failed', diagnosis: { kind: 'out_of_memory' } })
    else expect(result).toMatchObject({ status: 'measured' })
  }
  // A batch of one and a table made anew each time is the worst that there is.
  const best = report.best?.metrics?.output_tokens_per_second ?? 0
  expect(best).toBeGreaterThan(1.2 * (report.baseline?.metrics?.output_tokens_per_second ?? Infinity))
  expect(report.command).toContain('REDLINE_CONFIGURATION=')
  expect(report.insight?.parameters.map(({ parameter }) => parameter).toSorted()).toEqual([
    'batch',
    'order',
    'reuse',
  ])
  const { experiment } = await calls.act(id, 'add', {
    configuration: { batch: 3, order: 1, reuse: true },
  })
  await calls.finished(id)
  const added = (await calls.experiments(id)).find(({ number }) => number === experiment)
  expect(added).toMatchObject({ kind: 'manual', result: { status: 'measured' } })
})

test('two objectives: the report holds what none of the others beats in both', async () => {
  const { id } = await calls.start({
    ...request([process.execPath, BENCHMARK]),
    objective: [{ maximize: 'output_tokens_per_second' }, { minimize: 'e2e_p90_ms' }],
    budget: { experiments: 8 },
    confirmation: { pairs: 0 },
  })
  await calls.finished(id)
  const { front } = await calls.report(id)
  const pairs = (await calls.experiments(id)).flatMap(({ number, result }) => {
    if (result?.status !== 'measured' || !result.constraints.every(({ holds }) => holds)) return []
    const { output_tokens_per_second: speed, e2e_p90_ms: delay } = result.measurement.metrics
    return [{ number, speed: speed ?? 0, delay: delay ?? Infinity }]
  })
  const unbeaten = pairs.filter(
    (one) => !pairs.some((other) => other !== one && other.speed >= one.speed && other.delay <= one.delay),
  )
  expect(unbeaten.length).toBeGreaterThan(0)
  expect(front?.experiments.map(({ number }) => number).toSorted()).toEqual(
    unbeaten.map(({ number }) => number).toSorted(),
  )
})

test.each([
  [['-e', 'console.log("nothing to say")'], 'ended without a result', '30s'],
  [['-e', 'console.error("Error: no licence"); process.exit(3)'], 'exited with code 3', '30s'],
  [
    ['-e', 'console.log(JSON.stringify({metrics:{ttft_p50_ms:1}}))'],
    'printed no output_tokens_per_second',
    '30s',
  ],
  [['-e', 'setInterval(() => 0, 1000)'], 'did not end within 1 s', '1s'],
])('a program that fails says why: node %j', async (args, summary, timeout) => {
  const { id } = await calls.start({
    ...request([process.execPath, ...args], timeout),
    budget: { experiments: 1 },
  })
  await calls.finished(id)
  const [baseline] = await calls.experiments(id)
  expect(baseline?.result).toMatchObject({ status: 'failed' })
  expect(baseline?.result?.status === 'failed' && baseline.result.diagnosis.summary).toContain(summary)
})

test('a program that is not there, or a command for another engine, is told', async () => {
  const { id } = await calls.start(request(['/nowhere/bench']))
  await calls.finished(id)
  expect((await calls.read(id)).message).toContain('/nowhere/bench could not be started')
  const wrong = {
    ...request(['x']),
    engine: { kind: 'llama.cpp' as const, model: 'gemma-3-270m', command: ['x'] },
  }
  await expect(calls.start(wrong)).rejects.toThrow('only an engine of kind command has one')
})
