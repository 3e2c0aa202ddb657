import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Device } from '../domain/device.ts'
import type { EngineExit } from '../domain/diagnosis.ts'
import type { RuntimeSpec } from '../domain/runtime.ts'
import type { Instance, Runtime } from './runtime.ts'

/** A runtime as the suite uses it. */
export interface RuntimeUnderTest {
  /** Returns the runtime as a worker that was started again makes it: over the same state, with nothing in memory. */
  make: () => Runtime
  spec: RuntimeSpec
}

export interface RuntimeCapabilities {
  /** False where engines run already: they are not limited, stopped or read. */
  starts: boolean
  /** False where the cores of an engine are somebody else's to give. */
  pins?: boolean
}

/** An HTTP server that does what it is asked: the smallest engine on which everything can be seen. */
export const STAND_IN = `
  const { readFileSync } = require('node:fs')
  const [port, host] = process.argv.slice(1)
  const hoard = []
  const actions = {
    '/pid': () => String(process.pid),
    '/env': () => JSON.stringify(process.env),
    '/status': () => readFileSync('/proc/self/status', 'utf8'),
    '/log': ({ text }) => void console.log(text),
    '/exit': ({ code }) => process.exit(Number(code)),
    '/kill': ({ signal }) => void process.kill(process.pid, signal),
    '/deaf': () => void process.on('SIGTERM', () => {}),
    '/hoard': () => void setInterval(() => hoard.push(Buffer.alloc(8e6, 1)), 1),
  }
  console.log('first line')
  require('node:http').createServer((request, response) => {
    const url = new URL(request.url, 'http://stand-in')
    response.end(actions[url.pathname]?.(Object.fromEntries(url.searchParams)) ?? 'ok')
  }).listen(Number(port), host, () => console.error('ready'))
`

/** What every runtime does alike. */
export function runtimeSuite(
  name: string,
  prepare: () => Promise<RuntimeUnderTest>,
  { starts, pins = true }: RuntimeCapabilities,
): void {
  describe(name, () => {
    let subject: RuntimeUnderTest
    let runtime: Runtime

    beforeEach(async () => {
      subject = await prepare()
      runtime = subject.make()
    })
    afterEach(async () => {
      for (const key of await runtime.list()) await runtime.stop(key)
    })

    const start = (key: string, change: { env?: Record<string, string>; devices?: Device[] } = {}) =>
      runtime.start({
        key,
        spec: subject.spec,
        program: process.execPath,
        args: ({ host, port }) => ['-e', STAND_IN, String(port), host],
        env: {},
        devices: [],
        files: [],
        ...change,
      })
    /** Starts an engine and waits until it answers. */
    const serving = async (key: string, change = {}) => {
      const instance = await start(key, change)
      await expect.poll(() => ask(instance, '')).toBe('ok')
      return instance
    }
    const ended = (key: string) => endOf(runtime, key)
    const log = async (key: string, from = runtime) => (await from.readLog(key, 0, 1_000_000)).toString()
    /** Sorted: which of two outputs was written to first nobody promises. */
    const lines = async (key: string) => (await log(key)).trim().split('\n').toSorted()

    test('started under one key twice, an engine runs once', async () => {
      const first = await serving('a-1-1')
      const second = await start('a-1-1')
      expect(second).toMatchObject({ key: 'a-1-1', running: true, baseUrl: first.baseUrl, exit: null })
      expect(await runtime.list()).toEqual(['a-1-1'])
    })

    test('a worker that comes back finds the engine, its key and its address', async () => {
      const { baseUrl } = await serving('a-1-1')
      const other = subject.make()
      expect(await other.find('a-1-1')).toMatchObject({ baseUrl, running: true, exit: null })
      expect(await other.list()).toEqual(['a-1-1'])
      await other.stop('a-1-1')
      expect(await runtime.find('a-1-1')).toBeNull()
    })

    test('stopped, it is unknown; stopped again, or never started, is no error', async () => {
      await serving('a-1-1')
      await runtime.stop('a-1-1')
      await runtime.stop('a-1-1')
      await runtime.stop('never')
      expect(await runtime.find('a-1-1')).toBeNull()
      expect(await runtime.find('never')).toBeNull()
      expect(await runtime.list()).toEqual([])
      expect((await runtime.readLog('a-1-1', 0, 100)).length).toBe(0)
    })

    test('after it was stopped, its key starts a new engine', async () => {
      await serving('a-1-1')
      await runtime.stop('a-1-1')
      await serving('a-1-1')
    })

    if (!starts) return
    describe('of engines it starts itself', () => {
      test('a stopped engine answers no more', async () => {
        const instance = await serving('a-1-1')
        await runtime.stop('a-1-1')
        await expect(fetch(instance.baseUrl)).rejects.toThrow()
      })

      test('several started at once have ports of their own', async () => {
        const keys = ['a-1-1', 'a-2-1', 'a-3-1']
        const instances = await Promise.all(keys.map((key) => serving(key)))
        expect(new Set(instances.map(({ baseUrl }) => baseUrl)).size).toBe(3)
        expect((await runtime.list()).toSorted()).toEqual(keys)
      })

      test('two starts of one key at once give one engine', async () => {
        const [first, second] = await Promise.all([start('a-1-1'), start('a-1-1')])
        expect(first.baseUrl).toBe(second.baseUrl)
      })

      test('the log holds both outputs and is read from any place, from its end too', async () => {
        const instance = await serving('a-1-1')
        await expect.poll(() => lines('a-1-1')).toEqual(['first line', 'ready'])
        await ask(instance, '/log?text=more')
        await expect.poll(() => lines('a-1-1')).toEqual(['first line', 'more', 'ready'])
        const from = (await log('a-1-1')).indexOf('line')
        expect((await runtime.readLog('a-1-1', from, 4)).toString()).toBe('line')
        expect((await runtime.readLog('a-1-1', -5, 100)).toString()).toBe('more\n')
        expect((await runtime.readLog('a-1-1', -5, 2)).toString()).toBe('mo')
        expect((await runtime.readLog('a-1-1', 10_000, 100)).length).toBe(0)
      })

      test('a worker that comes back reads the same log at the same offsets, without gap or repetition', async () => {
        const instance = await serving('a-1-1')
        await expect.poll(() => lines('a-1-1')).toEqual(['first line', 'ready'])
        const before = await log('a-1-1')
        const other = subject.make()
        await ask(instance, '/log?text=later')
        await expect.poll(() => log('a-1-1', other)).toBe(`${before}later\n`)
        await ask(instance, '/log?text=latest')
        for (const reader of [runtime, other]) {
          const whole = `${before}later\nlatest\n`
          await expect.poll(() => log('a-1-1', reader)).toBe(whole)
        }
      })

      test('the exit code of an engine that ends is kept, and the whole of its log', async () => {
        const instance = await serving('a-1-1')
        await ask(instance, '/log?text=last%20words')
        await ask(instance, '/exit?code=3')
        expect(await ended('a-1-1')).toMatchObject({ exitCode: 3, signal: null })
        expect(await lines('a-1-1')).toEqual(['first line', 'last words', 'ready'])
        expect((await start('a-1-1')).running).toBe(false)
      })

      test.each(['SIGKILL', 'SIGSEGV'])('an engine that %s ended is seen to be', async (signal) => {
        const instance = await serving('a-1-1')
        await ask(instance, `/kill?signal=${signal}`)
        expect(await ended('a-1-1')).toMatchObject({ exitCode: null, signal })
      })

      test('an engine that does not end when asked is killed', async () => {
        const instance = await serving('a-1-1')
        await ask(instance, '/deaf')
        await runtime.stop('a-1-1')
        expect(await runtime.find('a-1-1')).toBeNull()
        await expect(fetch(instance.baseUrl)).rejects.toThrow()
      })

      test('what a worker left behind is listed for the next one, crashed engines too, and can be stopped', async () => {
        const crashed = await serving('a-1-1')
        await serving('a-2-1')
        await ask(crashed, '/exit?code=1')
        await ended('a-1-1')
        const other = subject.make()
        expect((await other.list()).toSorted()).toEqual(['a-1-1', 'a-2-1'])
        for (const key of await other.list()) await other.stop(key)
        expect(await runtime.list()).toEqual([])
      })

      test('the environment reaches the engine, addresses and passwords of the service do not', async () => {
        vi.stubEnv('DATABASE_URL', 'postgresql://secret')
        const instance = await serving('a-1-1', { env: { GREETING: 'hello=world' } })
        vi.unstubAllEnvs()
        const env: unknown = JSON.parse(await ask(instance, '/env'))
        expect(env).toMatchObject({ GREETING: 'hello=world' })
        expect(env).not.toHaveProperty('DATABASE_URL')
      })

      // Other systems cannot pin a process.
      if (pins && process.platform === 'linux') {
        test('the engine is pinned to its devices’ cores', async () => {
          const cores = /Cpus_allowed_list:\t(\S+)/
          const pinned = await serving('a-1-1', { devices: [cpu('1')] })
          expect(cores.exec(await ask(pinned, '/status'))?.[1]).toBe('1')
          const both = await serving('a-2-1', { devices: [cpu('0'), cpu('1')] })
          expect(cores.exec(await ask(both, '/status'))?.[1]).toBe('0-1')
        })
      }

      test('the command is recorded as the engine got it', async () => {
        const { command } = await start('a-1-1')
        expect(command.slice(command.indexOf(process.execPath)).slice(0, 3)).toEqual([
          process.execPath,
          '-e',
          STAND_IN,
        ])
      })
    })
  })
}

/** Waits until an engine is over, and returns how it ended. */
export async function endOf(runtime: Runtime, key: string): Promise<EngineExit | null> {
  await expect.poll(async () => (await runtime.find(key))?.running).toBe(false)
  return (await runtime.find(key))?.exit ?? null
}

/** Sends the stand-in a wish; one that ends it is not answered. */
export async function ask({ baseUrl }: Instance, wish: string): Promise<string> {
  return fetch(`${baseUrl}${wish}`).then(
    (response) => response.text(),
    () => '',
  )
}

/** A device that is a share of the cores. */
export function cpu(cores: string): Device {
  return { id: `cpu-${cores}`, kind: 'cpu', name: 'CPU', cores, gpu: null }
}
