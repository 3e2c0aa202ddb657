import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { installPython } from '../bench/python-package.ts'
import { run } from '../components/run.ts'
import { ROOT, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
})
afterAll(() => service.remove())

test('the example in Python starts a tuning by the generated client and prints its best', async () => {
  const env = { ...service.env, REDLINE_URL: service.url, PYTHONPATH: join(ROOT, 'client/python') }
  await run(process.execPath, [join(ROOT, 'bench/python-client.ts')], { env })
  // The generator's own environment has what the client needs.
  const programs = await installPython(inject('cacheDir'), 'openapi-python-client', '0.29.1')
  const told = await run(join(programs, 'python'), [join(ROOT, 'examples/python/tune.py')], { env })
  expect(told).toContain('from Python is completed')
  expect(told).toMatch(/^\d search \{'parallel': \d+, 'ubatch_size': \d+\} [\d.]+$/m)
  expect(told).toMatch(/^to deploy: \{/m)
})
