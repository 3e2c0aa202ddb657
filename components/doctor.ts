import { resolve } from 'node:path'
import { COMPONENT_NAMES, reasonOf } from './component.ts'
import type { Attempt, ComponentName, Found, Search, Source } from './component.ts'
import { cachePlace } from './places.ts'
import { sources } from './sources.ts'

export interface InspectOptions {
  env: NodeJS.ProcessEnv
  cacheDir: string
  signal?: AbortSignal
  /** Addresses of services that run already and take a component's place, such as TEMPORAL_ADDRESS. */
  elsewhere?: Partial<Record<ComponentName, string>>
}

/** What is known of a component without fetching anything. */
export type ComponentStatus = {
  component: ComponentName
  /** One sentence for people. */
  howToSupply: string
} & (
  | {
      state: 'found'
      found: Found
      /** False when a start would first try a completion with it. */
      tried: boolean
    }
  | { state: 'elsewhere'; address: string }
  /** Nothing usable is here; a start would fetch it. `attempts` says why each place has nothing. */
  | { state: 'missing'; attempts: Attempt[] }
  /** What the user configured cannot be used: a start would fail. */
  | { state: 'broken'; attempts: Attempt[] }
)

/** Looks for every component where a start would look, and fetches, builds and tries nothing. */
export async function inspectComponents(options: InspectOptions): Promise<ComponentStatus[]> {
  return Promise.all(COMPONENT_NAMES.map((name) => inspect(sources[name], options)))
}

async function inspect(source: Source, options: InspectOptions): Promise<ComponentStatus> {
  const { component, howToSupply } = source
  const address = options.elsewhere?.[component]
  if (address !== undefined)
    return { component, howToSupply, state: 'elsewhere', address: withoutPassword(address) }

  const search: Search = {
    env: options.env,
    cacheDir: resolve(options.cacheDir),
    signal: options.signal,
    report: () => undefined,
  }
  const attempts: Attempt[] = []
  const { places, cachedFile, trial } = source
  for (const { layer, find } of cachedFile === undefined ? places : [...places, cachePlace(cachedFile)]) {
    try {
      const candidate = await find(search)
      if ('absent' in candidate) {
        attempts.push({ layer, reason: candidate.absent })
        continue
      }
      const { path, detail } = candidate
      const version = await source.version(path, search)
      const tried = trial === undefined || (await trial.passed(path, search))
      const found: Found = { component, path, version, layer, detail }
      return { component, howToSupply, state: 'found', found, tried }
    } catch (error) {
      options.signal?.throwIfAborted()
      attempts.push({ layer, reason: reasonOf(error) })
      if (layer === 'configured') return { component, howToSupply, state: 'broken', attempts }
    }
  }
  return { component, howToSupply, state: 'missing', attempts }
}

function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (url.password === '') return address
  url.password = '***'
  return url.href
}
