import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TuningSpec } from '../client/client.ts'
import { api, quickRequest, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  calls = api(service)
})
afterAll(() => service.remove())

const LINE = JSON.stringify({ prompt: 'a river', max_tokens: 1 })

/** A tuning whose requests come from a file; `lines` are written to it, null leaves it out. */
async function requestOf(name: string, lines: string[] | null): Promise<TuningSpec> {
  const file = join(service.home, name)
  if (lines !== null) await writeFile(file, lines.join('\n'))
  const workload: TuningSpec['workload'] = {
    prompts: { dataset: { format: 'requests', file } },
    load: { concurrency: 32 },
    duration: '30s',
    warmup: '50ms',
    endpoint: 'completions',
  }
  return quickRequest({ workload, baseline: { parallel: 32 } })
}

test('a dataset that is not there is told with its place, before anything is started', async () => {
  const missing = await requestOf('missing.jsonl', null)
  for (const path of ['/api/v1/tunings', '/api/v1/tunings/check'] as const)
    expect(await service.client.POST(path, { body: missing })).toMatchObject({
      error: {
        status: 422,
        errors: [
          {
            pointer: '/workload/prompts/dataset/file',
            message: expect.stringContaining(`there is no file ${join(service.home, 'missing.jsonl')}`),
          },
        ],
      },
    })
})

test.each([
  ['at its beginning before the engine has loaded', 2, null],
  ['far inside once it is reached', 400, 'measuring'],
])('a dataset that makes no sense %s fails the tuning, after one start', async (_when, bad, reached) => {
  const lines = Array.from({ length: 500 }, (_, index) => (index + 1 === bad ? '{oops' : LINE))
  const { id } = await calls.start(await requestOf(`bad-${bad}.jsonl`, lines))
  const events = await calls.finished(id)
  const stages = events.flatMap(({ event }) => (event.type === 'experiment.stage' ? [event.stage] : []))
  expect(stages.filter((stage) => stage === 'starting')).toHaveLength(1)
  expect(stages.includes('loading')).toBe(reached !== null)
  const reason = `bad-${bad}.jsonl:${bad}: not JSON: {oops`
  expect(await calls.read(id)).toMatchObject({ state: 'failed', message: expect.stringContaining(reason) })
  const experiments = await calls.experiments(id)
  expect(experiments.map(({ result }) => result)).toMatchObject([
    { diagnosis: { kind: 'dataset_unreadable', summary: expect.stringContaining(reason) } },
  ])
})
