import { durationMs } from '../domain/duration.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { EngineSpec, TuningSpec } from '../domain/tuning.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import { NOT_SERVED, type Engine } from './engine.ts'

/** What a program can fail of is its own affair: it says so in its last line. */
const FAILURES: FailureBook = {
  program: 'the program',
  patterns: [],
  serving: /$^/,
  compiling: null,
  underLoad: 'Lower what it needs.',
}

const NO_PRESET = { description: 'Its parameters are its own.', space: {}, rules: [], args: {} }

/** A program of the user's that measures a configuration by itself. */
export const program: Engine = {
  kind: 'command',
  title: 'Program of yours',
  ...NOT_SERVED,
  parameters: [],
  readinessPath: '',
  devicesFor: () => 1,
  presets: { throughput: NO_PRESET, latency: NO_PRESET, long_context: NO_PRESET },
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}

/** Returns the command line of a program that measures by itself; null for an engine that is measured. */
export function programCommand({ kind, command }: EngineSpec): [program: string, ...args: string[]] | null {
  const [first, ...rest] = command ?? []
  return kind !== 'command' || first === undefined ? null : [first, ...rest]
}

/** How long such a program may take. */
export function programTimeoutMs({ timeout = '1h' }: Pick<EngineSpec, 'timeout'>): number {
  return durationMs(timeout)
}

/** What such a program is told of its configuration. */
export function configurationVariable(configuration: Configuration): Record<string, string> {
  return { REDLINE_CONFIGURATION: JSON.stringify(configuration) }
}

/** What such a program is told, as variables of its environment; `seed` is the same for both runs of a pair. */
export function programEnvironment(
  { engine, workload }: Pick<TuningSpec, 'engine' | 'workload'>,
  configuration: Configuration,
  seed: number,
): Record<string, string> {
  return {
    ...configurationVariable(configuration),
    REDLINE_MODEL: engine.model,
    REDLINE_WORKLOAD: JSON.stringify(workload),
    REDLINE_SEED: String(seed),
  }
}
