import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { anySignal } from './any-signal.ts'
import { ComponentError, reasonOf } from './component.ts'
import type {
  Attempt,
  ComponentFailure,
  ComponentName,
  ComponentOptions,
  Found,
  LayerName,
  Place,
  Search,
  Source,
} from './component.ts'
import { withLock } from './lock.ts'
import { ORIGIN_FILE, cachePlace } from './places.ts'
import { sources } from './sources.ts'

/**
 * Finds the components, and fetches or builds those that are missing, all side by side. What the user configured is
 * used or reported as broken, never replaced. Two processes may do this at the same time: one prepares, one waits.
 * Killed at any moment, it leaves nothing that a later start would take for a component.
 *
 * @throws {ComponentError} naming every component that no layer could supply, once all have been tried; the signal's
 * reason when that aborts.
 */
export async function ensureComponents<Name extends ComponentName>(
  names: readonly Name[],
  options: ComponentOptions,
): Promise<Record<Name, Found>> {
  return ensureFrom(sources, names, options)
}

/** {@link ensureComponents} with other sources than the usual ones. */
export async function ensureFrom<Name extends ComponentName>(
  from: Readonly<Record<ComponentName, Source>>,
  names: readonly Name[],
  given: ComponentOptions,
): Promise<Record<Name, Found>> {
  const options = { ...given, cacheDir: resolve(given.cacheDir) }
  const { signal } = options
  signal?.throwIfAborted()
  const begun = new Map<ComponentName, Promise<Found>>()
  const begin = (name: ComponentName): Promise<Found> => {
    const known = begun.get(name)
    if (known !== undefined) return known
    const found = supply(from[name], options, async () => (await begin('model')).path)
    begun.set(name, found)
    return found
  }
  const results = await Promise.allSettled(names.map(begin))
  signal?.throwIfAborted()

  const failures = new Map<ComponentName, ComponentFailure>()
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    if (!(result.reason instanceof ComponentError)) throw result.reason
    for (const failure of result.reason.failures) failures.set(failure.component, failure)
  }
  if (failures.size > 0) throw new ComponentError([...failures.values()])

  const found: Partial<Record<ComponentName, Found>> = {}
  for (const name of names) found[name] = await begin(name)
  if (!hasAll(found, names)) throw new Error('a component was neither found nor reported as missing')
  return found
}

function hasAll<Name extends ComponentName>(
  found: Partial<Record<ComponentName, Found>>,
  names: readonly Name[],
): found is Record<Name, Found> {
  return names.every((name) => found[name] !== undefined)
}

/** The search for one component. */
interface Task {
  source: Source
  options: ComponentOptions
  model: () => Promise<string>
  attempts: Attempt[]
}

async function supply(
  source: Source,
  options: ComponentOptions,
  model: () => Promise<string>,
): Promise<Found> {
  const task: Task = { source, options, model, attempts: [] }
  for (const place of source.places) {
    const found = await look(task, place)
    if (found !== null) return found
  }
  const { cachedFile } = source
  if (cachedFile === undefined) throw failureOf(task)
  const cached = await look(task, cachePlace(cachedFile))
  if (cached !== null) return cached
  // The cache is looked at again under the lock.
  task.attempts.pop()

  const { component } = source
  const message = 'waiting for another process that prepares it'
  const onWait = () => options.onProgress?.({ component, layer: null, message })
  const lock = join(options.cacheDir, 'locks', component)
  return withLock(lock, { onWait, signal: options.signal }, async () => {
    const found = (await look(task, cachePlace(cachedFile))) ?? (await fetchFirst(task, cachedFile))
    if (found === null) throw failureOf(task)
    return found
  })
}

/** Returns what is at the place, when it works; throws when it does not and the user configured it. */
async function look(task: Task, { layer, find }: Place): Promise<Found | null> {
  const { source, options, model, attempts } = task
  const { component, trial } = source
  const search = searchFor(component, layer, options)
  let prefix = ''
  try {
    const candidate = await find(search)
    if ('absent' in candidate) {
      attempts.push({ layer, reason: candidate.absent })
      return null
    }
    const { path, detail } = candidate
    prefix = `${path} (${detail}): `
    const version = await source.version(path, search)
    if (trial !== undefined && !(await trial.passed(path, search))) {
      await trial.run(path, search, model)
      // A cache that cannot be written costs a trial at each start, no more.
      await trial.record(path, search).catch(() => undefined)
    }
    search.report(`ready: ${path}`)
    return { component, path, version, layer, detail }
  } catch (error) {
    note(task, layer, prefix, error)
    if (layer === 'configured') throw failureOf(task)
    return null
  }
}

/** Fetches the component from the first supply that has one that works; called under the component's lock. */
async function fetchFirst(task: Task, cachedFile: NonNullable<Source['cachedFile']>): Promise<Found | null> {
  const { source, options, model } = task
  const { component, trial } = source
  const staging = join(options.cacheDir, 'staging', component)
  // Whatever is there was left by a process that was killed: the lock is ours.
  await rm(staging, { recursive: true, force: true })
  const withoutModel = new AbortController()
  // Nothing that needs a trial is worth its building when there is no model to try it with.
  if (trial !== undefined) model().catch((error: unknown) => withoutModel.abort(error))
  const signal = anySignal(withoutModel.signal, options.signal)
  try {
    for (const { layer, label, fetch } of source.supplies) {
      const search = searchFor(component, layer, { ...options, signal })
      const into = join(staging, randomUUID())
      try {
        await mkdir(into, { recursive: true })
        await fetch(into, search)
        const target = await cachedFile(search)
        const staged = join(into, basename(target))
        const version = await source.version(staged, search)
        await trial?.run(staged, search, model)
        await writeFile(join(into, ORIGIN_FILE), `${label}\n`)
        await publish(into, dirname(target), staging)
        await trial?.record(target, search)
        search.report(`ready: ${target}`)
        return { component, path: target, version, layer, detail: label }
      } catch (error) {
        note(task, layer, `${label}: `, error)
      }
    }
    return null
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

function note(task: Task, layer: LayerName, prefix: string, error: unknown): void {
  task.options.signal?.throwIfAborted()
  // The model's own failure, which says it all.
  if (error instanceof ComponentError) throw error
  const reason = prefix + reasonOf(error)
  task.attempts.push({ layer, reason })
  searchFor(task.source.component, layer, task.options).report(reason)
}

function failureOf({ source, attempts }: Task): ComponentError {
  return new ComponentError([{ component: source.component, attempts, howToSupply: source.howToSupply }])
}

async function publish(folder: string, target: string, staging: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  // What is there did not work, or this would not be under way.
  await rename(target, join(staging, randomUUID())).catch(() => undefined)
  await rename(folder, target)
}

function searchFor(component: ComponentName, layer: LayerName, options: ComponentOptions): Search {
  const { env, cacheDir, signal, onProgress } = options
  return {
    env,
    cacheDir,
    signal,
    report: (message, count) => onProgress?.({ component, layer, message, ...count }),
  }
}
