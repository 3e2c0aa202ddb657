import type { Diagnosis, EngineExit } from '../domain/diagnosis.ts'
import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { EngineSpec } from '../domain/tuning.ts'
import type { MemoryNeed, MemoryPlace } from './memory.ts'
import type { ModelShape } from './model-shape.ts'
import type { Presets } from './presets.ts'

/** Where and with what an engine is to be started. */
export interface EngineStart {
  /** A file, a folder, or what the engine otherwise takes as its model. */
  model: string
  /** The name under which clients ask for the model; by default what the engine makes of `model`. */
  servedName?: string
  host: string
  port: number
  configuration: Configuration
  /** The catalogue of the installed version, when it was asked; the built-in one by default. */
  parameters?: EngineParameter[]
}

/** The names under which an engine counts, each with what other releases call it, all without `_total`. */
export interface CounterNames {
  outputTokens?: string[]
  inputTokens?: string[]
  /** Input tokens from the prefix cache, where `inputTokens` are without them. */
  reusedTokens?: string[]
  requests?: string[]
  preemptions?: string[]
  prefixCacheQueries?: string[]
  prefixCacheHits?: string[]
  /** A histogram in seconds. */
  ttft?: string
}

/** An engine: how parameters become a command line, when it is ready, what its failures mean. */
export interface Engine {
  kind: EngineSpec['kind']
  title: string
  /** The name of its program, for messages and for the command line to deploy; null: it starts nothing. */
  program: string | null
  /** The variable of the environment that says where its program is, if that is not on PATH. */
  variable: string | null
  /** The image that its makers publish of a release (null: of the newest), and its program in there; null: none. */
  image: (release: string | null, gpus: number) => { name: string; program: string } | null
  /** The built-in catalogue; `catalogueFromHelp` joins it with what an installed version says. */
  parameters: EngineParameter[]
  /** Flags that Redline sets itself or that end the program: never parameters. */
  ownFlags: string[]
  /** Whether the model must be a file on the engine's host. */
  modelIsFile: boolean
  /** Its parser takes a separate value that begins with a dash for a flag, as argparse does: it is written `--flag=value`. */
  attachedValues: boolean
  /** The flag of a parameter that no catalogue at hand lists, and the one that turns it off; null: it is left out. */
  flagsOf: (name: string) => Pick<EngineParameter, 'flag' | 'offFlag'>
  args: (start: EngineStart) => string[]
  /** Prints every flag of the installed version. */
  helpArgs: string[]
  /** Prints the version, which the pattern's first group finds. */
  version: { args: string[]; pattern: RegExp }
  /** Answers 200 as soon as the engine can serve. */
  readinessPath: string
  /** Where a running engine tells its version, and in which field of the JSON; null when it does not. */
  reportsVersion: { path: string; field: string } | null
  /** Where it serves Prometheus metrics of its own, and what it counts there; null when it has none. */
  metrics: { path: string; counters: CounterNames } | null
  /** Empties its prefix cache; null when it cannot. An engine that does not serve it answers 404. */
  resetCache: { method: 'GET' | 'POST'; path: string } | null
  /** Returns how many GPUs one start of a configuration takes. */
  devicesFor: (configuration: Configuration) => number
  /** Returns the bytes that a configuration needs at the least in one place; null when that is not known. */
  memoryNeed: (
    shape: ModelShape,
    configuration: Configuration,
    place: MemoryPlace['kind'],
  ) => MemoryNeed | null
  presets: Presets
  /** Says what an exit means, from the last lines of the log. */
  diagnose: (exit: EngineExit, logTail: string[]) => Diagnosis
  /** Says what it was doing when it was not ready within a time, such as "20m". */
  diagnoseSlowStart: (waited: string, logTail: string[]) => Diagnosis
}

/** What an engine is of which Redline starts no server. */
export const NOT_SERVED = {
  program: null,
  variable: null,
  image: () => null,
  ownFlags: [],
  modelIsFile: false,
  attachedValues: false,
  flagsOf: () => ({ flag: '', offFlag: null }),
  args: () => [],
  helpArgs: [],
  version: { args: [], pattern: /$^/ },
  reportsVersion: null,
  metrics: null,
  resetCache: null,
  memoryNeed: () => null,
} satisfies Partial<Engine>
