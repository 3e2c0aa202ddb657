import { existsSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { runtimeSuite } from './conformance.ts'
import { findByEnvironment, isAlive, processIdentity } from './process-table.ts'
import { processRuntime } from './process.ts'
import type { Runtime, StartRequest } from './runtime.ts'

let folder: string
let runtime: Runtime

beforeEach(async () => {
  folder = await temporaryFolder()
  runtime = processRuntime({ folder, owner: folder })
})

afterEach(async () => {
  for (const key of await runtime.list()) await runtime.stop(key)
})

runtimeSuite(
  'processes',
  async () => ({ make: () => processRuntime({ folder, owner: folder }), spec: { kind: 'process' } }),
  { starts: true },
)

/** A program with a child of its own. */
const PARENT = `
  const { spawn } = require('node:child_process')
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  setInterval(() => {}, 1000)
`

const start = (key: string, [program = '', ...args]: string[], change: Partial<StartRequest> = {}) =>
  runtime.start({
    key,
    program,
    args: () => args,
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
    ...change,
  })
const parent = (key: string) => start(key, [process.execPath, '-e', PARENT])
const processesOf = (key: string) => findByEnvironment('REDLINE_ENGINE_KEY', `${folder}/${key}`)
const log = async (key: string) => (await runtime.readLog(key, 0, 10_000)).toString()

test('an engine is stopped with its children', async () => {
  await parent('a-1-1')
  await expect.poll(() => processesOf('a-1-1')).toHaveLength(2)
  await runtime.stop('a-1-1')
  await expect.poll(() => processesOf('a-1-1')).toEqual([])
})

test('an engine that was started but never written down is ended before a new one starts', async () => {
  await parent('a-1-1')
  const [orphan] = processesOf('a-1-1')
  await rm(join(folder, 'a-1-1.json'))
  expect(await runtime.list()).toEqual(['a-1-1'])
  await parent('a-1-1')
  expect(orphan && isAlive(orphan)).toBe(false)
})

test.each(['/no/such/program', 'no-such-program', import.meta.filename])(
  'a program that is not there or may not be executed is an error of its own and leaves nothing: %s',
  async (program) => {
    await expect(start('a-1-1', [program])).rejects.toMatchObject({
      name: 'StartError',
      kind: 'not_installed',
    })
    expect(existsSync(join(folder, 'a-1-1.json'))).toBe(false)
  },
)

test('a program is found on the search path that the engine is given', async () => {
  const env = { PATH: join(process.execPath, '..') }
  await start('a-1-1', ['node', '-e', 'console.log("found")'], { env })
  await expect.poll(() => log('a-1-1')).toBe('found\n')
})

test('the memory limit bounds the address space, and no core is dumped', async () => {
  await start('a-1-1', ['/bin/sh', '-c', 'ulimit -v; ulimit -c'], {
    spec: { kind: 'process', memory: '512MiB' },
  })
  await expect.poll(() => log('a-1-1')).toBe(`${512 * 1024}\n0\n`)
})

test('an engine sees the GPUs it holds and no others', async () => {
  const gpu = { index: 3, uuid: 'GPU-abc', memoryMib: 80_000 }
  const devices = [{ id: 'gpu-3', kind: 'gpu' as const, name: 'H100', cores: null, gpu }]
  const shown = ['/bin/sh', '-c', 'echo "${CUDA_VISIBLE_DEVICES-all}"']
  await start('one', shown, { devices, env: { CUDA_VISIBLE_DEVICES: '0,1,2,3' } })
  await start('none', shown, { devices: [{ ...devices[0]!, kind: 'cpu', gpu: null }] })
  await expect.poll(() => log('one')).toBe('GPU-abc\n')
  await expect.poll(() => log('none')).toBe('\n')
})

test('an engine that logs without end does not fill the disk; the beginning and the end of its log stay', async () => {
  runtime = processRuntime({ folder, owner: folder, logMostBytes: 1_000_000 })
  await start('a-1-1', ['/bin/sh', '-c', 'echo first; trap "exit 0" TERM; while :; do echo more; done'])
  const size = async () => (await stat(join(folder, 'a-1-1.log'))).size
  let most = 0
  let cuts = 0
  await expect
    .poll(async () => {
      const before = await size()
      await runtime.find('a-1-1')
      const after = await size()
      if (after < before) cuts++
      most = Math.max(most, after)
      return cuts
    })
    .toBeGreaterThan(1)
  expect(most).toBeLessThan(3_000_000)
  expect((await runtime.readLog('a-1-1', 0, 11)).toString()).toBe('first\nmore\n')
  expect((await runtime.readLog('a-1-1', -10, 10)).toString()).toMatch(/more/)
})

test('a process that got the pid of an earlier one is not taken for it', () => {
  const identity = processIdentity(process.pid) ?? ''
  expect(isAlive({ pid: process.pid, identity })).toBe(true)
  expect(isAlive({ pid: process.pid, identity: '1' })).toBe(false)
})
