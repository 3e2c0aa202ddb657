import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findByEnvironment, isAlive, processIdentity } from './process-table.ts'
import { processRuntime } from './process.ts'
import { ProgramError, type Runtime } from './runtime.ts'

let folder: string
let runtime: Runtime

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redline-runtime-'))
  runtime = processRuntime({ folder, owner: folder })
})

afterEach(async () => {
  for (const key of await runtime.list()) await runtime.stop(key)
  await rm(folder, { recursive: true, force: true })
})

/** A program that answers HTTP on the port it is given, has a child of its own, and logs. */
const SERVER = `
  const { spawn } = require('node:child_process')
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  console.log('first line')
  require('node:http').createServer((_, response) => response.end('ok')).listen(Number(process.argv[1]), '127.0.0.1', () => console.log('ready'))
`

const server = (key: string) =>
  runtime.start({
    key,
    program: process.execPath,
    args: ({ port }) => ['-e', SERVER, String(port)],
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
const script = (key: string, code: string) =>
  runtime.start({
    key,
    program: process.execPath,
    args: () => ['-e', code],
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
const processesOf = (key: string) => findByEnvironment('REDLINE_ENGINE_KEY', `${folder}/${key}`)
const log = async (key: string) => (await runtime.readLog(key, 0, 10_000)).toString()

test('an engine is started, answers, is found again and stopped with its children', async () => {
  const { baseUrl, running } = await server('a-1-1')
  expect(running).toBe(true)
  await vi.waitFor(async () => expect(await (await fetch(baseUrl)).text()).toBe('ok'))
  await vi.waitFor(() => expect(processesOf('a-1-1')).toHaveLength(2))
  expect(await runtime.find('a-1-1')).toMatchObject({ baseUrl, running: true, exit: null })
  await runtime.stop('a-1-1')
  await vi.waitFor(() => expect(processesOf('a-1-1')).toEqual([]))
  expect(await runtime.find('a-1-1')).toBeNull()
  expect(await runtime.list()).toEqual([])
})

test('starting under the same key again starts nothing', async () => {
  const [first, second] = [await server('a-1-1'), await server('a-1-1')]
  expect(second.baseUrl).toBe(first.baseUrl)
  await vi.waitFor(() => expect(processesOf('a-1-1')).toHaveLength(2))
})

test('another worker on the same folder adopts the engine', async () => {
  const { baseUrl } = await server('a-1-1')
  const other = processRuntime({ folder, owner: folder })
  expect(await other.find('a-1-1')).toMatchObject({ baseUrl, running: true })
  await other.stop('a-1-1')
  await vi.waitFor(() => expect(processesOf('a-1-1')).toEqual([]))
})

test('an engine that was started but never written down is ended before a new one starts', async () => {
  await server('a-1-1')
  const [orphan] = processesOf('a-1-1')
  await rm(join(folder, 'a-1-1.json'))
  expect(await runtime.list()).toEqual(['a-1-1'])
  await server('a-1-1')
  expect(orphan && isAlive(orphan)).toBe(false)
})

test('how an engine ended is kept: exit code, or signal', async () => {
  await script('code', 'console.log("bad flag"); process.exit(3)')
  await script('signal', 'process.kill(process.pid, "SIGSEGV")')
  await vi.waitFor(async () =>
    expect(await runtime.find('code')).toMatchObject({ running: false, exit: { exitCode: 3, signal: null } }),
  )
  await vi.waitFor(async () =>
    expect(await runtime.find('signal')).toMatchObject({
      running: false,
      exit: { exitCode: null, signal: 'SIGSEGV' },
    }),
  )
  expect(await log('code')).toBe('bad flag\n')
})

test('the log is read from any place, from its end too', async () => {
  await script('a-1-1', 'console.log("one"); console.log("two")')
  await vi.waitFor(async () => expect(await log('a-1-1')).toBe('one\ntwo\n'))
  expect((await runtime.readLog('a-1-1', 4, 100)).toString()).toBe('two\n')
  expect((await runtime.readLog('a-1-1', -4, 100)).toString()).toBe('two\n')
  expect((await runtime.readLog('nothing', 0, 100)).length).toBe(0)
})

test('an engine that does not end when asked is killed', async () => {
  await script('a-1-1', 'process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)')
  await vi.waitFor(async () => expect(await log('a-1-1')).toBe('deaf\n'))
  await runtime.stop('a-1-1')
  expect(processesOf('a-1-1')).toEqual([])
})

test('a program that is not there is an error of its own and leaves nothing', async () => {
  const missing = runtime.start({
    key: 'a-1-1',
    program: '/no/such/program',
    args: () => [],
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
  await expect(missing).rejects.toThrow(ProgramError)
  expect(existsSync(join(folder, 'a-1-1.json'))).toBe(false)
})

test('the addresses and passwords of the service do not reach the engine', async () => {
  vi.stubEnv('DATABASE_URL', 'postgresql://secret')
  await script('a-1-1', 'console.log(JSON.stringify(Object.keys(process.env)))')
  await vi.waitFor(async () => expect(await log('a-1-1')).toContain('PATH'))
  expect(await log('a-1-1')).not.toContain('DATABASE_URL')
  vi.unstubAllEnvs()
})

test('a process that got the pid of an earlier one is not taken for it', () => {
  const identity = processIdentity(process.pid) ?? ''
  expect(isAlive({ pid: process.pid, identity })).toBe(true)
  expect(isAlive({ pid: process.pid, identity: '1' })).toBe(false)
})
