export type ComponentName = 'temporal' | 'postgres' | 'llama-server' | 'model'

export const COMPONENT_NAMES: readonly ComponentName[] = ['temporal', 'postgres', 'llama-server', 'model']

/** Where a component was found, in the order in which it is looked for (Postgres: `registry` before `path`). */
export type LayerName = 'configured' | 'path' | 'cache' | 'download' | 'registry'

/** A component that is there and works. */
export interface Found {
  component: ComponentName
  /** The executable; for Postgres the folder that holds `initdb` and `postgres`; for the model its file. */
  path: string
  version: string | null
  layer: LayerName
  /** One sentence for people: where it came from. */
  detail: string
}

/** One step of finding, fetching or building a component. */
export interface Progress {
  component: ComponentName
  /** The layer at work; null while none is, as when waiting for another process. */
  layer: LayerName | null
  message: string
  done?: number
  total?: number
  unit?: 'bytes' | 'steps'
}

export interface ComponentOptions {
  env: NodeJS.ProcessEnv
  /** Holds everything that is downloaded or built; may be shared by processes that run at the same time. */
  cacheDir: string
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

/** What a layer is given to work with. */
export interface Search {
  env: NodeJS.ProcessEnv
  cacheDir: string
  signal: AbortSignal | undefined
  report: (message: string, count?: Pick<Progress, 'done' | 'total' | 'unit'>) => void
}

/** A layer that fetches nothing; the cache is looked at after all of them. */
export interface Place {
  layer: LayerName
  /** Returns the path of what is there, or why there is nothing; throws when what is there cannot be used. */
  find: (search: Search) => Promise<{ path: string; detail: string } | { absent: string }>
}

/** A layer that fetches or builds. */
export interface Supply {
  layer: LayerName
  /** For people: what is fetched, and from where. */
  label: string
  /** Fills the empty folder `into`, which then moves to where the cache keeps it; throws with the reason otherwise. */
  fetch: (into: string, search: Search) => Promise<void>
}

/** A test that a component must pass on this machine before it is trusted. */
export interface Trial {
  passed: (path: string, search: Search) => Promise<boolean>
  run: (path: string, search: Search, model: () => Promise<string>) => Promise<void>
  record: (path: string, search: Search) => Promise<void>
}

/** All that is known about finding one component. */
export interface Source {
  component: ComponentName
  /** One sentence for people: how they can supply the component themselves. */
  howToSupply: string
  places: Place[]
  supplies: Supply[]
  /** The file that a supply leaves in the cache; its folder belongs to it alone. */
  cachedFile?: (search: Search) => Promise<string>
  /** Asks what was found for its version; throws when it does not answer as the component would. */
  version: (path: string, search: Search) => Promise<string | null>
  trial?: Trial
}

/** A layer that did not supply the component, and why. */
export interface Attempt {
  layer: LayerName
  reason: string
}

/** A component that no layer could supply. */
export interface ComponentFailure {
  component: ComponentName
  attempts: Attempt[]
  howToSupply: string
}

/** Components that could not be supplied; the message lists every layer with its reason, and what the user can do. */
export class ComponentError extends Error {
  readonly failures: readonly ComponentFailure[]

  constructor(failures: readonly ComponentFailure[]) {
    super(failures.map(describeFailure).join('\n\n'))
    this.name = 'ComponentError'
    this.failures = failures
  }
}

function describeFailure({ component, attempts, howToSupply }: ComponentFailure): string {
  const lines = attempts.map(
    ({ layer, reason }) => `  ${layer.padEnd(10)}  ${reason.replaceAll('\n', '\n              ')}`,
  )
  return [`${component} is missing; every place was tried:`, ...lines, `  ${howToSupply}`].join('\n')
}

/** Returns the message of anything thrown, with its cause where the message alone says little. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${reasonOf(error.cause)})` : error.message
}
