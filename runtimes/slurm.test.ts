import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RuntimeSpec } from '../domain/runtime.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { SLURM_SKIPPED, slurmForTests, type TestSlurm } from '../tests/slurm.ts'
import { STAND_IN, cpu, endOf, runtimeSuite } from './conformance.ts'
import type { Runtime, StartRequest } from './runtime.ts'
import { slurmRuntime } from './slurm.ts'

type SlurmSpec = Extract<RuntimeSpec, { kind: 'slurm' }>
const spec = (change: Partial<SlurmSpec> = {}): SlurmSpec => ({
  kind: 'slurm',
  program: process.execPath,
  gpus: false,
  options: ['--time=00:10:00'],
  ...change,
})

describe.skipIf(SLURM_SKIPPED)('Slurm', () => {
  let cluster: TestSlurm
  let folder: string
  let runtime: Runtime

  beforeAll(async () => {
    cluster = await slurmForTests()
    process.env.SLURM_CONF = cluster.conf
  }, 120_000)
  afterAll(async () => {
    await cluster.stop()
    delete process.env.SLURM_CONF
  })
  beforeEach(async () => {
    folder = await temporaryFolder()
    runtime = make()
  })
  afterEach(async () => {
    for (const key of await runtime.list()) await runtime.stop(key)
  })

  const make = () => slurmRuntime({ folder, owner: folder })
  const start = (change: Partial<StartRequest> = {}) =>
    runtime.start({
      key: 'a-1-1',
      spec: spec(),
      program: process.execPath,
      args: ({ host, port }) => ['-e', STAND_IN, String(port), host],
      env: {},
      devices: [],
      files: [],
      ...change,
    })

  runtimeSuite('jobs', async () => ({ make, spec: spec() }), { starts: true, pins: false })

  test('a job that waits is said to wait, and why; a start that is given up leaves it to be stopped', async () => {
    const told = Promise.withResolvers<string>()
    const giveUp = new AbortController()
    const starting = start({
      spec: spec({ options: ['--hold'] }),
      onProgress: told.resolve,
      signal: giveUp.signal,
    })
    expect(await told.promise).toMatch(/^job \d+ waits in Slurm's queue: JobHeldUser$/)
    giveUp.abort()
    await expect(starting).rejects.toThrow()
    expect(await runtime.list()).toEqual(['a-1-1'])
    await runtime.stop('a-1-1')
    expect(await runtime.list()).toEqual([])
  })

  test('what Slurm refuses is said in its words, and not tried again', async () => {
    const refused = start({ spec: spec({ options: ['--partition=nowhere'] }) })
    await expect(refused).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(/^Slurm refuses the job: .*partition/i),
    })
    // A node without GPUs: as many are asked for as there are devices.
    const gpus = start({ spec: spec({ gpus: true }), devices: [cpu('0'), cpu('1')] })
    await expect(gpus).rejects.toMatchObject({ name: 'StartError' })
    expect(await runtime.list()).toEqual([])
  })

  test('a job that somebody else cancels was killed from outside', async () => {
    await start()
    await promisify(execFile)('scancel', ['--me'])
    expect(await endOf(runtime, 'a-1-1')).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  })
})

test.each([
  '--wrap=rm',
  '--wra=rm',
  '--arra=1-9',
  '--export-file=/x',
  '--output=/etc/passwd',
  '--array=1-9',
  '-p gpu',
  '--export=NONE',
  'main',
])('the option %s is refused', (option) => {
  const read = RuntimeSpec.safeParse({ kind: 'slurm', program: 'vllm', options: [option] })
  expect(read.success).toBe(false)
})
